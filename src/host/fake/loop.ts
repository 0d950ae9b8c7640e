import { access, constants, stat } from "node:fs/promises";
import { closedError } from "../closed.ts";
import { invalid } from "../host-error.ts";
import type { LoopAttach, LoopInfo, LoopOps } from "../host-ops.ts";
import { checkLoop } from "../loop-checks.ts";
import { host } from "../native-error.ts";
import { type FakeLoopDevice, loopIndex } from "./block.ts";
import type { Faults } from "./faults.ts";
import type { FakeKernel } from "./kernel.ts";

const SECTOR_BYTES = 512n;

/** Loop devices that nothing can read, over backing files that are real. */
export class FakeLoop implements LoopOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;
  /** Numbers of the devices that autoclear, kept open by us. */
  readonly #held = new Set<string>();
  #closed = false;

  constructor(kernel: FakeKernel, faults: Faults) {
    this.#kernel = kernel;
    this.#faults = faults;
  }

  async attach(spec: LoopAttach, { signal }: { signal?: AbortSignal } = {}): Promise<LoopInfo> {
    await this.#faults.gate("loop.attach", spec.backingFile);
    checkLoop(spec);
    signal?.throwIfAborted();
    const { backingFile, readOnly, name, offsetBytes = 0n, sizeLimitBytes = 0n, blockSize = 512 } = spec;
    if (![0, 512, 1024, 2048, 4096].includes(blockSize)) {
      throw invalid("ioctl(LOOP_CONFIGURE)", backingFile, "block size");
    }
    const file = await host(backingFile, async () => {
      await access(backingFile, readOnly ? constants.R_OK : constants.R_OK | constants.W_OK);
      return stat(backingFile, { bigint: true });
    });
    if (!file.isFile() && !file.isBlockDevice())
      throw invalid("ioctl(LOOP_CONFIGURE)", backingFile, "neither a file nor a block device");
    if (this.#closed && spec.autoclear === true) throw closedError("ioctl(LOOP_CONFIGURE)", backingFile);
    let index = 0;
    while (this.#kernel.loops.has(index)) index += 1;
    const loop: FakeLoopDevice = {
      device: `/dev/loop${index}`,
      index,
      name,
      backingFile,
      backingInode: file.ino,
      backingDevice: file.dev,
      offsetBytes,
      sizeLimitBytes,
      sizeBytes: deviceBytes({ offsetBytes, sizeLimitBytes }, file.size),
      blockSize: blockSize === 0 ? 512 : blockSize,
      readOnly,
      autoclear: spec.autoclear ?? false,
      directIo: spec.directIo ?? false,
    };
    this.#kernel.loops.set(index, loop);
    if (loop.autoclear) {
      this.#held.add(`7:${index}`);
      this.#kernel.opened.push(`7:${index}`);
    }
    return infoOf(loop);
  }

  async detach(device: string): Promise<void> {
    await this.#faults.gate("loop.detach", device);
    await checkNode(device);
    const loop = this.#kernel.loops.get(loopIndex(device));
    if (loop === undefined) return;
    loop.autoclear = true;
    this.#letGo(`7:${loop.index}`);
  }

  async status(device: string): Promise<LoopInfo | null> {
    await this.#faults.gate("loop.status", device);
    await checkNode(device);
    const loop = this.#kernel.loops.get(loopIndex(device));
    return loop === undefined ? null : infoOf(loop);
  }

  async list(namePrefix: string): Promise<LoopInfo[]> {
    await this.#faults.gate("loop.list", namePrefix);
    return this.#bound().filter(({ name }) => name.startsWith(namePrefix));
  }

  async lookup(backingFile: string): Promise<LoopInfo[]> {
    await this.#faults.gate("loop.lookup", backingFile);
    const { dev, ino } = await host(backingFile, () => stat(backingFile, { bigint: true }));
    return this.#bound().filter((loop) => loop.backingDevice === dev && loop.backingInode === ino);
  }

  async refreshSize(device: string): Promise<void> {
    await this.#faults.gate("loop.refreshSize", device);
    const loop = this.#kernel.loop(device, "ioctl(LOOP_SET_CAPACITY)");
    const { size } = await host(loop.backingFile, () => stat(loop.backingFile, { bigint: true }));
    loop.sizeBytes = deviceBytes(loop, size);
  }

  async setDirectIo(device: string, on: boolean): Promise<void> {
    await this.#faults.gate("loop.setDirectIo", device);
    this.#kernel.loop(device, "ioctl(LOOP_SET_DIRECT_IO)").directIo = on;
  }

  close(): void {
    this.#closed = true;
    for (const number of [...this.#held]) this.#letGo(number);
  }

  #letGo(number: string): void {
    if (this.#held.delete(number)) {
      this.#kernel.opened.splice(this.#kernel.opened.indexOf(number), 1);
    }
    this.#kernel.settle();
  }

  #bound(): LoopInfo[] {
    return [...this.#kernel.loops.values()].map(infoOf);
  }
}

/** What is there, if anything is, is a block device. */
async function checkNode(device: string): Promise<void> {
  const found = await stat(device).catch(() => null);
  if (found?.isBlockDevice() === false) throw invalid("open", device, "not a block device");
}

function infoOf({ backingFile: _, ...info }: FakeLoopDevice): LoopInfo {
  return info;
}

function deviceBytes(range: Pick<LoopInfo, "offsetBytes" | "sizeLimitBytes">, fileBytes: bigint): bigint {
  const rest = fileBytes > range.offsetBytes ? fileBytes - range.offsetBytes : 0n;
  const limited = range.sizeLimitBytes > 0n && range.sizeLimitBytes < rest ? range.sizeLimitBytes : rest;
  return (limited / SECTOR_BYTES) * SECTOR_BYTES;
}
