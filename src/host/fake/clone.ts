import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { HostError, invalid } from "../host-error.ts";
import type { CloneOps, CloneResult } from "../host-ops.ts";
import { host } from "../native-error.ts";
import type { Faults } from "./faults.ts";

const BLOCK_BYTES = 4096;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

/** Real files; blocks of zeros become holes. A "reflink" is such a copy too. */
export class FakeClone implements CloneOps {
  readonly #faults: Faults;
  readonly #reflinks: boolean;

  constructor(faults: Faults, reflinks: boolean) {
    this.#faults = faults;
    this.#reflinks = reflinks;
  }

  async reflink(source: string, target: string): Promise<CloneResult> {
    await this.#faults.gate("clone.reflink", target);
    if (!this.#reflinks) {
      throw new HostError({ errnoCode: "EOPNOTSUPP", syscall: "ioctl(FICLONE)", object: target });
    }
    return { dataBytes: await host(target, () => sparseCopy(source, target)), method: "reflink" };
  }

  async copy(source: string, target: string): Promise<CloneResult> {
    await this.#faults.gate("clone.copy", target);
    return { dataBytes: await host(target, () => sparseCopy(source, target)), method: "copy" };
  }

  async canReflink(directory: string): Promise<boolean> {
    await this.#faults.gate("clone.canReflink", directory);
    return this.#reflinks;
  }
}

async function sparseCopy(source: string, target: string): Promise<bigint> {
  await using from = await open(source, constants.O_RDONLY);
  const stat = await from.stat();
  if (!stat.isFile()) throw invalid("fstat", source, "not a regular file");
  await using to = await open(target, "wx", 0o600);
  try {
    await to.truncate(stat.size);
    return await copyBlocks(from, to);
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

async function copyBlocks(from: FileHandle, to: FileHandle): Promise<bigint> {
  const block = Buffer.alloc(BLOCK_BYTES);
  let dataBytes = 0n;
  for (let position = 0; ; position += BLOCK_BYTES) {
    const { bytesRead } = await from.read(block, 0, BLOCK_BYTES, position);
    if (bytesRead === 0) return dataBytes;
    const data = block.subarray(0, bytesRead);
    if (data.equals(ZEROS.subarray(0, bytesRead))) continue;
    await to.write(data, 0, bytesRead, position);
    dataBytes += BigInt(bytesRead);
  }
}
