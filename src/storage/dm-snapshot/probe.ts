import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { isMakerGone, makerMark } from "../../shared/proc.ts";
import { CHUNK_BYTES, CHUNK_SECTORS, makeCowFile } from "./cow-file.ts";
import { type DeviceOps, release } from "./devices.ts";
import type { DeviceNames } from "./names.ts";

/**
 * Makes a snapshot of one chunk of zeros, with its COW file in `directory`, and takes it away again. Names of devices and file say whose
 * they are, so that {@link sweepTrials} finds them when this process is killed (ST-5).
 */
export async function trySnapshot(ops: DeviceOps, names: DeviceNames, directory: string): Promise<void> {
  const name = names.probe(`${await makerMark()}-${randomBytes(4).toString("hex")}`);
  const file = path.join(directory, `.${name}`);
  const origin = `${name}-origin`;
  const lengthSectors = BigInt(CHUNK_SECTORS);
  try {
    await makeCowFile(ops, file, CHUNK_BYTES);
    const loop = await ops.loop.attach({ backingFile: file, readOnly: false, name });
    const zeros = { name: origin, table: [{ type: "zero", lengthSectors } as const], readOnly: true };
    const { number } = await ops.dm.create(zeros);
    const changes = { origin: number, cow: loop.device, persistent: true, chunkSectors: CHUNK_SECTORS };
    const table = [{ type: "snapshot", lengthSectors, ...changes } as const];
    await ops.dm.create({ name, table, readOnly: false });
  } finally {
    await release(ops, name);
    await release(ops, origin);
    await rm(file, { force: true });
  }
}

/** Whether a device is of a trial whose process, a doctor perhaps, still runs. */
export async function isBeingTried(names: DeviceNames, name: string): Promise<boolean> {
  return (await isMakerGone(names.probe(""), name)) === false;
}

/** Removes the files of trials whose processes were killed: in the state directory, and, of a doctor that was there before it, above. */
export async function sweepTrials(names: DeviceNames, stateDirectory: string): Promise<void> {
  const word = names.probe("");
  for (let directory = stateDirectory; ; directory = path.dirname(directory)) {
    for (const name of await readdir(directory).catch(() => [])) {
      if (!name.startsWith(`.${word}`) || (await isBeingTried(names, name))) continue;
      // Above, others may have the right to put anything there.
      await rm(path.join(directory, name), { force: true }).catch(() => undefined);
    }
    if (path.dirname(directory) === directory) return;
  }
}
