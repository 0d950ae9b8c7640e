import { setTimeout as sleep } from "node:timers/promises";
import type { HostOps } from "../../host/host-ops.ts";

export type DeviceOps = Pick<HostOps, "loop" | "dm" | "file">;

/** How long a removal is watched until it is seen, in milliseconds; the kernel's workers take tens of them, on a host that does not stand still. */
const SETTLE_MS = 30_000;
const POLL_MS = 4;

/**
 * Removes a device-mapper device and the loops of that name, in use or not: the kernel lets each go with its last user. Resolves when they
 * are gone, or are still in use after `patienceMs`: true then.
 */
export async function release(ops: DeviceOps, name: string, patienceMs = 0): Promise<boolean> {
  await ops.dm.remove(name, { deferred: true });
  for (const loop of await loopsOf(ops, name)) await ops.loop.detach(loop.device);
  return stillUsed(ops, name, patienceMs);
}

/** Waits for what the kernel does by itself: a deferred removal by a worker, a loop device after its last close. */
async function stillUsed(ops: DeviceOps, name: string, patienceMs: number): Promise<boolean> {
  const start = performance.now();
  for (;;) {
    const device = await ops.dm.status(name);
    if (device === null && (await loopsOf(ops, name)).length === 0) return false;
    const isOpen = device !== null && device.openCount > 0;
    if (performance.now() - start > (isOpen ? patienceMs : SETTLE_MS)) return true;
    await sleep(POLL_MS);
  }
}

async function loopsOf(ops: DeviceOps, name: string) {
  return (await ops.loop.list(name)).filter((loop) => loop.name === name);
}
