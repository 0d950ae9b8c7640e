import { rm } from "node:fs/promises";
import { CHUNK_BYTES, CHUNK_SECTORS, cowBytes, makeHole } from "./cow-file.ts";
import { type DeviceOps, release } from "./devices.ts";

/** Makes a snapshot of one chunk of zeros, with its COW file at `file`, and takes it away again. */
export async function trySnapshot(ops: DeviceOps, name: string, file: string): Promise<void> {
  const origin = `${name}-origin`;
  const lengthSectors = BigInt(CHUNK_SECTORS);
  try {
    await makeHole(file, cowBytes(CHUNK_BYTES));
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
