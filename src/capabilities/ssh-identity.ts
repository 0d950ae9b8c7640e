import type { Capability, CapabilityVm } from "../domain/capability.ts";
import type { Problem } from "../domain/ports.ts";
import { type KnownHosts, knownHostNames } from "../domain/ssh.ts";
import type { VmPaths } from "../domain/vm.ts";
import type { UndoScope } from "../shared/undo.ts";

export interface SshIdentityOptions {
  readonly knownHosts: KnownHosts;
  /** A VM's public host key, `ssh-ed25519 AAAA…`; made with its private half when it is first asked for. */
  readonly hostKeyOf: (vm: { readonly name: string; readonly paths: VmPaths }) => Promise<string>;
}

/**
 * A VM's host key, known to its clients before they first meet it (SSH-1). Pinned again at each start, since the key is ours to know: a
 * known_hosts that was lost or changed is then right again.
 */
export class SshIdentity implements Capability {
  readonly name = "ssh identity";
  readonly #options: SshIdentityOptions;

  constructor(options: SshIdentityOptions) {
    this.#options = options;
  }

  async preflight(): Promise<Problem[]> {
    const problem = await this.#options.knownHosts.problem();
    return problem === null ? [] : [problem];
  }

  async create(at: CapabilityVm, scope: UndoScope): Promise<void> {
    scope.defer("known_hosts", () => this.delete(at));
  }

  /** Nobody meets a guest before it has booted: the VMM does not wait for this. */
  async afterStart(at: CapabilityVm): Promise<void> {
    await this.#pin(at);
  }

  async afterCreateStopped(at: CapabilityVm): Promise<void> {
    await this.#pin(at);
  }

  async adopt(at: CapabilityVm): Promise<void> {
    await this.#pin(at);
  }

  async delete({ vm }: CapabilityVm): Promise<void> {
    await this.#options.knownHosts.unpin(knownHostNames(vm));
  }

  async #pin({ vm, paths }: CapabilityVm): Promise<void> {
    const key = await this.#options.hostKeyOf({ name: vm.name, paths });
    await this.#options.knownHosts.pin(knownHostNames(vm), key);
  }
}
