import { HostError, invalid } from "../host-error.ts";
import type { DmTarget } from "../host-ops.ts";
import { numberOf } from "./block.ts";
import type { FakeKernel } from "./kernel.ts";

const SECTOR_BYTES = 512n;

/** What the kernel finds out when a table is loaded: its devices are there. */
export function checkDevices(kernel: FakeKernel, name: string, table: readonly DmTarget[]): void {
  for (const number of kernel.heldBy(table)) {
    if (kernel.sizeOf(number) === null) {
      throw new HostError({ errnoCode: "ENODEV", syscall: "ioctl(DM_TABLE_LOAD)", object: name });
    }
  }
}

/** What it finds out when the table comes into force: they are large enough. */
export function checkSizes(kernel: FakeKernel, name: string, table: readonly DmTarget[]): void {
  for (const target of table) {
    const [under, start] =
      target.type === "linear"
        ? [target.device, target.startSector]
        : "origin" in target
          ? [target.origin, 0n]
          : [null, 0n];
    const bytes = under === null ? null : kernel.sizeOf(under);
    if (bytes !== null && (start + target.lengthSectors) * SECTOR_BYTES > bytes) {
      throw invalid("ioctl(DM_DEV_SUSPEND, resume)", name, "the device below is too small");
    }
  }
}

/** A line as the kernel tells it: devices by number. */
export function byNumber(target: DmTarget): DmTarget {
  switch (target.type) {
    case "linear":
      return { ...target, device: numberOf(target.device) };
    case "snapshot":
      return { ...target, origin: numberOf(target.origin), cow: numberOf(target.cow) };
    case "snapshot-origin":
      return { ...target, origin: numberOf(target.origin) };
    default:
      return target;
  }
}
