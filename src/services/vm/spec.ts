import type { VmSpec } from "../../domain/vm.ts";
import type { VmCreateParams } from "../../rpc/contract.ts";
import { BangerError } from "../../shared/errors.ts";
import { formatSize } from "../../shared/size.ts";
import type { VmSettings } from "./deps.ts";

/** Below this no general-purpose kernel and init start, in MiB. */
const LEAST_MEMORY_MIB = 128;
/** ext4 with 4 KiB blocks ends at 16 TiB. */
const LARGEST_DISK_BYTES = 16 * 2 ** 40;

/** What a VM may reach. */
export type NetworkSpec = Pick<VmSpec, "net" | "peers">;

type Sizes = Pick<VmSpec, "vcpu" | "memoryMib" | "diskSizeBytes" | "overlaySizeBytes">;
/** What was passed of them. */
type SizeChanges = { readonly [K in keyof Sizes]?: Sizes[K] | undefined };

/**
 * Sizes of a new VM: what the user passed, else the defaults; checked before a record exists (VM-6).
 * ERR_BAD_VCPU, ERR_BAD_MEMORY, ERR_BAD_DISK_SIZE, ERR_BAD_OVERLAY_SIZE.
 */
export function resolveSizes(params: VmCreateParams, settings: VmSettings): Sizes {
  const sizes: Sizes = {
    vcpu: params.vcpu ?? settings.vcpu,
    memoryMib: params.memoryMib ?? settings.memoryMib,
    diskSizeBytes: params.diskSizeBytes ?? settings.diskSizeBytes,
    overlaySizeBytes: params.overlaySizeBytes ?? settings.overlaySizeBytes,
  };
  checkSizes(sizes, settings);
  return sizes;
}

/** Bounds of the host and of ext4. ERR_BAD_VCPU, ERR_BAD_MEMORY, ERR_BAD_DISK_SIZE, ERR_BAD_OVERLAY_SIZE. */
export function checkSizes(sizes: SizeChanges, settings: VmSettings): void {
  const { vcpu, memoryMib, diskSizeBytes, overlaySizeBytes } = sizes;
  const { hostCpus, hostMemoryMib } = settings;
  if (vcpu !== undefined) {
    between("ERR_BAD_VCPU", "--vcpu", vcpu, 1, hostCpus, String, "this host's CPUs");
  }
  if (memoryMib !== undefined) {
    const mib = (value: number) => `${value} MiB`;
    const least = LEAST_MEMORY_MIB;
    between("ERR_BAD_MEMORY", "--memory", memoryMib, least, hostMemoryMib, mib, "this host's memory");
  }
  if (diskSizeBytes !== undefined) betweenDisk("ERR_BAD_DISK_SIZE", "--disk-size", diskSizeBytes);
  if (overlaySizeBytes !== undefined) {
    betweenDisk("ERR_BAD_OVERLAY_SIZE", "--system-overlay-size", overlaySizeBytes);
  }
}

function betweenDisk(code: `ERR_${string}`, flag: string, bytes: number): void {
  between(code, flag, bytes, 1, LARGEST_DISK_BYTES, formatSize, "the largest ext4");
}

function between(
  code: `ERR_${string}`,
  flag: string,
  value: number,
  least: number,
  most: number,
  show: (value: number) => string,
  limit: string,
): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const what = Number.isFinite(value) ? show(value) : String(value);
  throw new BangerError(code, `${flag} ${what} is out of bounds`, {
    next: `give a whole value from ${show(least)} to ${show(most)} (${limit})`,
  });
}

/** A work disk cannot be smaller than the seed that it is cloned from. ERR_DISK_TOO_SMALL. */
export function checkSeed(diskSizeBytes: number, seedBytes: number, imageName: string): void {
  if (diskSizeBytes >= seedBytes) return;
  throw new BangerError(
    "ERR_DISK_TOO_SMALL",
    `--disk-size ${formatSize(diskSizeBytes)} is below what image ${imageName} needs`,
    {
      next: `give at least ${formatSize(seedBytes)}`,
    },
  );
}

/** `spec: 4 vcpu · 8192 MiB · 8G disk` (CFG-2). */
export function specLine(sizes: Sizes): string {
  return `spec: ${sizes.vcpu} vcpu · ${sizes.memoryMib} MiB · ${formatSize(sizes.diskSizeBytes)} disk`;
}
