import { accessSync, constants, readFileSync } from "node:fs";
import path from "node:path";
import type { Accelerator, StorageKind, VmmKind } from "../../src/domain/vm.ts";

/** One way to run a VM. */
export interface Cell {
  /** `qemu-tcg-overlay` */
  readonly name: string;
  readonly vmm: VmmKind;
  readonly accelerator: Accelerator;
  readonly storage: StorageKind;
}

const MACHINES = [
  ["qemu", "tcg"],
  ["qemu", "kvm"],
  ["firecracker", "kvm"],
] as const;
export const STORAGE = ["copy", "reflink", "overlay", "dm-snapshot"] as const;

/** Every combination there is. */
export const ALL_CELLS: readonly Cell[] = MACHINES.flatMap(([vmm, accelerator]) =>
  STORAGE.map((storage) => ({ name: `${vmm}-${accelerator}-${storage}`, vmm, accelerator, storage })),
);

/** The cells that are asked for, `*` standing for any part: `qemu-tcg-*,firecracker-kvm-copy`. A pattern that names none is an error. */
export function cellsOf(patterns: string): Cell[] {
  const chosen = new Set<Cell>();
  for (const pattern of patterns.split(",")) {
    const shape = new RegExp(`^${pattern.replaceAll("*", ".+")}$`);
    const found = ALL_CELLS.filter((cell) => shape.test(cell.name));
    if (found.length === 0)
      throw new Error(`no cell ${pattern}; there are ${ALL_CELLS.map((cell) => cell.name).join(", ")}`);
    for (const cell of found) chosen.add(cell);
  }
  return [...chosen];
}

/** Why a cell cannot run on this host, asked of the host and not of banger; null where it can. */
export function obstacle(cell: Cell, kvmWorks: boolean): string | null {
  if (cell.accelerator === "kvm" && !kvmWorks) return "KVM boots nothing here";
  if (cell.accelerator === "tcg" && kvmWorks) return "KVM works here, and QEMU takes it";
  if (cell.vmm === "firecracker" && !onPath("firecracker")) return "firecracker is not on PATH";
  if (cell.vmm === "qemu" && !onPath("qemu-system-x86_64")) return "qemu-system-x86_64 is not on PATH";
  if (cell.storage === "dm-snapshot" && !hasDeviceMapper()) return "the kernel has no device-mapper";
  return null;
}

function hasDeviceMapper(): boolean {
  return /\bdevice-mapper$/m.test(readFileSync("/proc/misc", "utf8"));
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(":").some((directory) => {
    try {
      accessSync(path.join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
