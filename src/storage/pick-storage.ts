import type { KernelRecord } from "../domain/image.ts";
import type { RootDiskDriver } from "../domain/ports.ts";
import type { StorageKind } from "../domain/vm.ts";
import { BangerError } from "../shared/errors.ts";

/** Best first (DSK-2). */
const ORDER: readonly StorageKind[] = ["reflink", "dm-snapshot", "overlay", "copy"];

const NO_OVERLAYFS = { ok: false, reason: "the guest's kernel has no overlayfs" };

/**
 * The storage driver for new VMs of a kernel, with the reason for a person. `auto` takes the first that works in the state directory; a driver that the
 * user named is taken or refused (ERR_STORAGE_UNAVAILABLE), never exchanged.
 */
export async function pickStorage(
  setting: StorageKind | "auto",
  stateDirectory: string,
  drivers: ReadonlyMap<StorageKind, Pick<RootDiskDriver, "available">>,
  kernel: Pick<KernelRecord, "overlay">,
): Promise<{ kind: StorageKind; reason: string }> {
  const reasons: string[] = [];
  for (const kind of setting === "auto" ? ORDER : [setting]) {
    const driver = drivers.get(kind);
    if (driver === undefined) continue;
    const { ok, reason } =
      kind === "overlay" && !kernel.overlay ? NO_OVERLAYFS : await driver.available(stateDirectory);
    reasons.push(reason);
    if (ok) return { kind, reason: setting === "auto" ? reasons.join("; ") : `storage = "${setting}"` };
  }
  throw new BangerError(
    "ERR_STORAGE_UNAVAILABLE",
    `storage "${setting}" does not work here: ${reasons.join("; ")}`,
    {
      next: 'set `storage = "auto"`',
    },
  );
}
