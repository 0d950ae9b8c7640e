import type { DoctorCheck } from "../../domain/doctor.ts";
import type { RootDiskUsage } from "../../domain/ports.ts";
import { type RootDiskTrouble, rootDiskTrouble } from "../../domain/root-disk.ts";
import { formatSize } from "../../shared/size.ts";
import { fail, pass, warn } from "../check.ts";

export interface SnapshotState extends RootDiskUsage {
  /** The VM's. */
  readonly name: string;
}

/** DSK-3: the room for changes of running VMs, said before it is used up, as `vm stats` and the daemon's log say it. */
export function checkSnapshots(snapshots: readonly SnapshotState[]): DoctorCheck {
  const troubled = snapshots.flatMap((each) => {
    const trouble = rootDiskTrouble(each);
    return trouble === null ? [] : [{ ...each, ...trouble }];
  });
  const details = troubled.map(describe);
  const namesOf = (...kinds: RootDiskTrouble[]) =>
    troubled.flatMap(({ name, kind }) => (kinds.includes(kind) ? [name] : [])).join(" ");
  const lost = namesOf("lost");
  if (lost !== "") {
    return fail("root-disks", `the root disk is lost: ${lost}`, {
      details,
      next: "save what is on /root, then delete them",
      command: `banger vm rm -f ${lost}`,
    });
  }
  const [overHost, full] = [namesOf("host-full"), namesOf("full", "filling")];
  if (troubled.length === 0) {
    return pass("root-disks", `VMs that run, each with room for changes: ${snapshots.length}`);
  }
  const advice = [
    ...(overHost === "" ? [] : [`free space on the state directory's filesystem, for ${overHost}`]),
    ...(full === "" ? [] : [`make anew with a larger --system-overlay-size: ${full}`]),
  ];
  return warn(
    "root-disks",
    `the room for changes to the root disk is nearly used up: ${namesOf("host-full", "full", "filling")}`,
    {
      details,
      next: advice.join("; "),
    },
  );
}

function describe({ name, usedBytes, totalBytes, note }: SnapshotState & { note: string }): string {
  return `${name}: ${formatSize(usedBytes)} of ${formatSize(totalBytes)} used; ${note}`;
}
