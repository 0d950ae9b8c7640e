import { open } from "node:fs/promises";
import type { HostOps } from "../../host/host-ops.ts";

/**
 * The layout of a persistent snapshot's COW device (drivers/md/dm-snap-persistent.c): a header in the first chunk, then areas of one chunk
 * of metadata, with an exception of 16 bytes for each of the 256 data chunks that follow it.
 */
export const CHUNK_BYTES = 4096;
export const CHUNK_SECTORS = CHUNK_BYTES / 512;
const DATA_CHUNKS_PER_AREA = CHUNK_BYTES / 16;
/** The header, and the area that the kernel begins as soon as the last one is full. */
const FIXED_CHUNKS = 2;

/** Bytes of a COW file that holds every chunk of a disk of `diskBytes`: it cannot overflow. */
export function cowBytes(diskBytes: number): number {
  const data = Math.ceil(diskBytes / CHUNK_BYTES);
  return (FIXED_CHUNKS + data + Math.floor(data / DATA_CHUNKS_PER_AREA)) * CHUNK_BYTES;
}

/** Bytes of the largest disk of which a COW file of this size holds every chunk. */
export function diskBytes(cowFileBytes: number): number {
  const chunks = Math.max(0, Math.floor(cowFileBytes / CHUNK_BYTES) - FIXED_CHUNKS);
  const [areas, rest] = [
    Math.floor(chunks / (DATA_CHUNKS_PER_AREA + 1)),
    chunks % (DATA_CHUNKS_PER_AREA + 1),
  ];
  // Room for one more area's metadata without its data is no room.
  return (chunks - areas - (rest === DATA_CHUNKS_PER_AREA ? 1 : 0)) * CHUNK_BYTES;
}

/** `SnAp` */
const MAGIC = 0x70416e53;

/** A new COW file for a disk of `bytes`: root's alone, with no data. ERR_HOST_* */
export function makeCowFile({ file }: Pick<HostOps, "file">, path: string, bytes: number): Promise<void> {
  return file.create(path, { mode: 0o600, sizeBytes: BigInt(cowBytes(bytes)) });
}

/** Whether the kernel has written into a COW file that its snapshot is lost. A new one has no header yet. Only the kernel writes there. */
export async function isMarkedInvalid(file: string): Promise<boolean> {
  await using handle = await open(file, "r");
  const header = Buffer.alloc(8);
  const { bytesRead } = await handle.read(header, 0, header.length, 0);
  return bytesRead === header.length && header.readUInt32LE(0) === MAGIC && header.readUInt32LE(4) === 0;
}
