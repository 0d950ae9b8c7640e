import type { VmPaths } from "../../domain/vm.ts";
import { type SshKey, SshKeyFile } from "./ssh-key.ts";

/** VMs' host keys. A start needs its VM's in several places at once: it is made, or read, once for all of them. */
export class HostKeys {
  readonly #loading = new Map<string, Promise<SshKey>>();

  /** ERR_SSH_KEY_INVALID, ERR_SSH_KEY_ENCRYPTED. */
  load(name: string, { hostKey }: Pick<VmPaths, "hostKey">): Promise<SshKey> {
    const loading =
      this.#loading.get(hostKey) ??
      new SshKeyFile(hostKey, name).load().finally(() => this.#loading.delete(hostKey));
    this.#loading.set(hostKey, loading);
    return loading;
  }
}
