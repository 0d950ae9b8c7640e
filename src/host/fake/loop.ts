import { access, constants, stat } from "node:fs/promises";
import { HostError, invalid } from "../host-error.ts";
import type { LoopAttach, LoopInfo, LoopOps } from "../host-ops.ts";
import { host } from "../native-error.ts";
import type { Faults } from "./faults.ts";
import type { FakeKernel } from "./kernel.ts";

/** Loop devices that nothing can read, over backing files that are real. */
export class FakeLoop implements LoopOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;

  constructor(kernel: FakeKernel, faults: Faults) {
    this.#kernel = kernel;
    this.#faults = faults;
  }

  async attach(spec: LoopAttach): Promise<LoopInfo> {
    await this.#faults.gate("loop.attach", spec.backingFile);
    if (Buffer.byteLength(spec.name) > 63) {
      throw new HostError({ errnoCode: "ENAMETOOLONG", syscall: "ioctl(LOOP_CONFIGURE)", object: spec.name });
    }
    if (![undefined, 0, 512, 1024, 2048, 4096].includes(spec.blockSize)) {
      throw invalid("ioctl(LOOP_CONFIGURE)", spec.backingFile, "block size");
    }
    const file = await host(spec.backingFile, async () => {
      await access(spec.backingFile, spec.readOnly ? constants.R_OK : constants.R_OK | constants.W_OK);
      return stat(spec.backingFile, { bigint: true });
    });
    let index = 0;
    while (this.#kernel.loops.has(index)) index += 1;
    const info: LoopInfo = {
      device: `/dev/loop${index}`,
      index,
      name: spec.name,
      backingInode: file.ino,
      backingDevice: file.dev,
      offsetBytes: spec.offsetBytes ?? 0n,
      sizeLimitBytes: spec.sizeLimitBytes ?? 0n,
      readOnly: spec.readOnly,
      autoclear: false,
      directIo: spec.directIo ?? false,
    };
    this.#kernel.loops.set(index, { ...info, backingFile: spec.backingFile, sizeBytes: file.size });
    return info;
  }

  async detach(device: string): Promise<void> {
    await this.#faults.gate("loop.detach", device);
    const loop = this.#kernel.loops.get(indexOf(device));
    if (loop !== undefined) loop.autoclear = true;
    this.#kernel.settle();
  }

  async status(device: string): Promise<LoopInfo | null> {
    await this.#faults.gate("loop.status", device);
    return this.#info(indexOf(device));
  }

  async list(namePrefix: string): Promise<LoopInfo[]> {
    await this.#faults.gate("loop.list", namePrefix);
    const all = [...this.#kernel.loops.keys()].map((index) => this.#info(index));
    return all.filter((info) => info?.name.startsWith(namePrefix) === true) as LoopInfo[];
  }

  async refreshSize(device: string): Promise<void> {
    await this.#faults.gate("loop.refreshSize", device);
    if (this.#kernel.loops.has(indexOf(device))) return;
    throw new HostError({ errnoCode: "ENXIO", syscall: "ioctl(LOOP_SET_CAPACITY)", object: device });
  }

  #info(index: number): LoopInfo | null {
    const found = this.#kernel.loops.get(index);
    if (found === undefined) return null;
    const { backingFile: _, sizeBytes: __, ...info } = found;
    return info;
  }
}

function indexOf(device: string): number {
  return Number(/^\/dev\/loop(\d+)$/.exec(device)?.[1] ?? -1);
}
