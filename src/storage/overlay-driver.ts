import { stat } from "node:fs/promises";
import type { MachineDisks, RootDiskDriver, RootDiskOf, RootDiskUsage } from "../domain/ports.ts";
import { cloneDisk, type DiskOps } from "./clone-disk.ts";
import { fileUsage } from "./file-usage.ts";

/**
 * The image's filesystem itself, read-only and shared by all its VMs, and a small ext4 of the VM's own, which banger-init joins (DSK-2).
 * Asks nothing of the host but the guest kernel's overlayfs, and no data of the image is copied.
 */
export class OverlayDriver implements RootDiskDriver {
  readonly kind = "overlay";
  readonly #ops: DiskOps;
  readonly #seed: () => Promise<string>;
  /** Images that were found, or made, readable by all: none changes while it is there. */
  readonly #readable = new Set<string>();

  /** @param seed an empty ext4, from which every VM's own disk is cloned; made when it is first asked for */
  constructor(ops: DiskOps, seed: () => Promise<string>) {
    this.#ops = ops;
    this.#seed = seed;
  }

  async available(): Promise<{ ok: boolean; reason: string }> {
    return {
      ok: true,
      reason: "an overlay works on every filesystem, where the guest's kernel has overlayfs",
    };
  }

  /** The seed's few blocks. */
  async spaceNeeded(): Promise<number> {
    return (await stat(await this.#seed())).blocks * 512;
  }

  /** The disk is `overlaySizeBytes` large, but never smaller than the seed. ERR_NO_SPACE. */
  async create(disk: { target: string; overlaySizeBytes: number; uid: number; gid: number }): Promise<void> {
    await cloneDisk(this.#ops, {
      what: "the disk for changes to the root",
      source: await this.#seed(),
      target: disk.target,
      size: { minimumBytes: disk.overlaySizeBytes },
      uid: disk.uid,
      gid: disk.gid,
      sharing: "auto",
    });
  }

  /**
   * The VMM opens the image itself, under a uid of its own: its file must be readable by all. It lies in a state directory that only root
   * enters; a VMM reaches it by the read-only bind of its jail.
   */
  async attach(
    { rootfs, file }: RootDiskOf,
    made?: Promise<void>,
  ): Promise<Pick<MachineDisks, "root" | "upper">> {
    if (!this.#readable.has(rootfs)) {
      const { mode } = await stat(rootfs);
      if ((mode & 0o004) === 0) await this.#ops.file.chmod(rootfs, 0o444);
      this.#readable.add(rootfs);
    }
    await made;
    return {
      root: { path: rootfs, kind: "file", readOnly: true },
      upper: { path: file, kind: "file", readOnly: false },
    };
  }

  async detach(): Promise<void> {}

  usage(disk: Pick<RootDiskOf, "file">): Promise<RootDiskUsage> {
    return fileUsage(disk);
  }
}
