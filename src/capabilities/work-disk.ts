import { rm, stat, truncate } from "node:fs/promises";
import type { Capability, CapabilityUsage, CapabilityVm } from "../domain/capability.ts";
import type { Problem, WorkDisks } from "../domain/ports.ts";
import type { VmSpec } from "../domain/vm.ts";
import { BangerError } from "../shared/errors.ts";
import { isThere } from "../shared/is-there.ts";
import { formatSize } from "../shared/size.ts";
import type { UndoScope } from "../shared/undo.ts";

export interface WorkDiskOptions {
  readonly disks: WorkDisks;
  /** The work seed of an image. */
  readonly seedOf: (imageId: string) => string;
}

/** The disk at `/root`, which outlives stop and start (DSK-4). Its filesystem is grown by the guest's init, never here (DSK-5). */
export class WorkDisk implements Capability {
  readonly name = "work disk";
  readonly #disks: WorkDisks;
  readonly #seedOf: (imageId: string) => string;

  constructor({ disks, seedOf }: WorkDiskOptions) {
    this.#disks = disks;
    this.#seedOf = seedOf;
  }

  async preflight(at: CapabilityVm | null): Promise<Problem[]> {
    if (at === null || (await this.isWhole(at))) return [];
    const { vm, paths } = at;
    return [
      {
        code: "ERR_FILE_MISSING",
        message: `the work disk is not there (${paths.workDisk})`,
        next: `delete the VM: \`banger vm rm ${vm.name}\``,
      },
    ];
  }

  /** ERR_NO_SPACE. */
  async create({ vm, paths, uid, gid }: CapabilityVm, scope: UndoScope): Promise<void> {
    const seed = this.#seedOf(vm.imageId);
    const target = paths.workDisk;
    await this.#disks.create({ seed, target, sizeBytes: vm.spec.diskSizeBytes, uid, gid });
    scope.defer("work disk", () => rm(target, { force: true }));
  }

  isWhole({ paths }: CapabilityVm): Promise<boolean> {
    return isThere(paths.workDisk);
  }

  /** Grows the file; the guest's init grows the filesystem at the next start. ERR_DISK_SHRINK, ERR_VM_RUNNING, ERR_NO_SPACE. */
  async reconfigure(
    { vm, paths }: CapabilityVm,
    next: VmSpec,
    running: boolean,
    scope: UndoScope,
  ): Promise<void> {
    const before = vm.spec.diskSizeBytes;
    if (next.diskSizeBytes === before) return;
    if (next.diskSizeBytes < before) throw shrinkError(vm.name, before, next.diskSizeBytes);
    if (running) throw runningError(vm.name);
    const { size } = await stat(paths.workDisk);
    // Nobody has used the room yet: the VM does not run, and its lock is held.
    scope.defer("size of the work disk", () => truncate(paths.workDisk, size));
    await this.#disks.grow({ target: paths.workDisk, sizeBytes: next.diskSizeBytes });
  }

  /** Blocks that the file takes on the host: what the guest has written, less what it has discarded. */
  async usage({ paths }: CapabilityVm): Promise<CapabilityUsage> {
    const { blocks, size } = await stat(paths.workDisk);
    return { name: "work", usedBytes: blocks * 512, totalBytes: size };
  }
}

function shrinkError(name: string, before: number, wanted: number): BangerError {
  return new BangerError(
    "ERR_DISK_SHRINK",
    `the work disk of ${name} has ${formatSize(before)} and cannot shrink to ${formatSize(wanted)}`,
    { next: `give more than ${formatSize(before)}, or make a new VM` },
  );
}

function runningError(name: string): BangerError {
  return new BangerError("ERR_VM_RUNNING", `${name} runs, and a work disk is resized while it is stopped`, {
    next: `\`banger vm stop ${name}\`, then try again`,
  });
}
