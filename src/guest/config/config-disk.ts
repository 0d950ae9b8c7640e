import { type FileHandle, rm } from "node:fs/promises";
import type { FileSyncEntry, GitIdentity } from "../../domain/file-sync.ts";
import type { GuestConfig, GuestConfigWrite } from "../../domain/guest.ts";
import type { HostOps } from "../../host/host-ops.ts";
import { explainNoSpace } from "../../shared/space.ts";
import { openAnew } from "../../shared/write-anew.ts";
import { configTar } from "./config-tar.ts";
import { guestFiles, withSynced } from "./guest-files.ts";
import type { HostKeys } from "./host-keys.ts";
import { syncedFiles } from "./synced-files.ts";

/** How long the guest's own init has to power off before the agent does, in seconds. */
const SHUTDOWN_GRACE_SECONDS = 10;

export interface ConfigDiskOptions {
  readonly hostOps: Pick<HostOps, "file">;
  readonly hostKeys: HostKeys;
  /** The user's public key, a line of authorized_keys: asked at every start, so that a changed key needs no repair (IMG-8). */
  readonly userPublicKey: () => Promise<string>;
  /** The host's git identity, asked at every start too (GST-5). */
  readonly gitIdentity: () => Promise<GitIdentity>;
  /** The host's files that every guest gets (CFG-3). */
  readonly fileSync: readonly FileSyncEntry[];
  readonly now: () => Date;
}

type ConfigInput = Parameters<GuestConfig["write"]>[0];

/** Writes config disks (GST-3, DSK-5: nothing is ever written into a guest's filesystem from the host). */
export class ConfigDisk implements GuestConfig {
  readonly #options: ConfigDiskOptions;

  constructor(options: ConfigDiskOptions) {
    this.#options = options;
  }

  /** ERR_NO_SPACE; ERR_SSH_KEY_INVALID and ERR_SSH_KEY_ENCRYPTED of the user's key; ERR_FILE_SYNC*. A failure leaves no config disk. */
  write(input: ConfigInput, begin: Promise<void>): GuestConfigWrite {
    const { configDisk } = input.paths;
    const explain = async (error: unknown) => {
      throw await explainNoSpace(error, "the config disk", configDisk, null);
    };
    const file = openAnew(configDisk, 0o400);
    const made = file.then(() => undefined, explain);
    const written = this.#fill(file, input, begin).catch(explain);
    // They may fail before anybody waits for them, and whoever waits for one hears of it there.
    for (const step of [made, written]) step.catch(() => undefined);
    return { made, written };
  }

  async #fill(made: Promise<FileHandle>, input: ConfigInput, begin: Promise<void>): Promise<string[]> {
    const file = await made;
    const { configDisk } = input.paths;
    const { uid } = input.handles;
    try {
      await begin;
      const { tar, warnings } = await this.#content(input);
      await file.writeFile(tar);
      // The VMM reads it and nobody else: it holds the guest's host key and this boot's secret.
      await this.#options.hostOps.file.chown(configDisk, uid, uid);
      return warnings;
    } catch (error) {
      await rm(configDisk, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  async #content(input: ConfigInput): Promise<{ tar: Buffer; warnings: string[] }> {
    const { vm, paths, handles, gateway, mac, resolver } = input;
    const [hostKey, userKey, git, synced] = await Promise.all([
      this.#options.hostKeys.load(vm.name, paths),
      this.#options.userPublicKey(),
      this.#options.gitIdentity(),
      syncedFiles(this.#options.fileSync),
    ]);
    const own = guestFiles({
      vmId: vm.id,
      hostname: vm.name,
      address: vm.address,
      mac,
      resolver,
      hostKey,
      authorizedKeys: [userKey],
      git,
    });
    const { files, warnings } = withSynced(own, synced.files);
    const now = this.#options.now();
    const manifest = {
      protocol: 1,
      vmId: vm.id,
      hostname: vm.name,
      bootToken: handles.bootToken,
      network: { mac, address: vm.address, gateway },
      root: { grow: true, init: "/sbin/init", overlay: vm.spec.storage === "overlay" },
      work: { mount: "/root", grow: true },
      clock: { unixNanoseconds: String(BigInt(now.getTime()) * 1_000_000n) },
      shutdownGraceSeconds: SHUTDOWN_GRACE_SECONDS,
    } as const;
    return { tar: await configTar(manifest, files, now), warnings: [...synced.warnings, ...warnings] };
  }
}
