import type { DoctorCheck } from "../../domain/doctor.ts";
import type { RootDiskUsage } from "../../domain/ports.ts";
import { formatSize, MIB } from "../../shared/size.ts";
import { fail, pass, warn } from "../check.ts";

export interface SnapshotState extends RootDiskUsage {
  /** The VM's. */
  readonly name: string;
}

/** From here on a root disk is about to be full, as a part of its room. */
const FULL_SOON = 0.8;
/** Less than this free on the host's disk is as good as nothing. */
const LEAST_HOST_BYTES = 256 * MIB;

/** DSK-3: the room for changes of running VMs, said before it is used up. A full host disk under it fills it at any level. */
export function checkSnapshots(snapshots: readonly SnapshotState[]): DoctorCheck {
  const lost = snapshots.filter(({ invalid }) => invalid);
  const full = snapshots.filter((each) => !each.invalid && isFullSoon(each));
  const names = (list: readonly SnapshotState[]) => list.map(({ name }) => name).join(" ");
  const details = [...lost, ...full].map(describe);
  if (lost.length > 0) {
    return fail("root-disks", `the room for changes was used up, and the root disk is lost: ${names(lost)}`, {
      details,
      next: "save what is on /root, then delete them",
      command: `banger vm rm -f ${names(lost)}`,
    });
  }
  if (full.length > 0) {
    return warn("root-disks", `the room for changes to the root disk is nearly used up: ${names(full)}`, {
      details,
      next: "delete files there (outside /root), or make the VM anew with a larger --system-overlay-size",
    });
  }
  return pass("root-disks", `${snapshots.length} running VMs with room for changes`);
}

function isFullSoon({ usedBytes, totalBytes, full, hostFreeBytes }: SnapshotState): boolean {
  return full || usedBytes > FULL_SOON * totalBytes || hostFreeBytes < LEAST_HOST_BYTES;
}

function describe({ name, usedBytes, totalBytes, invalid, hostFreeBytes }: SnapshotState): string {
  const used = `${formatSize(usedBytes)} of ${formatSize(totalBytes)} used`;
  return `${name}: ${used}${invalid ? ", lost" : ""}, ${formatSize(hostFreeBytes)} free on the disk under it`;
}
