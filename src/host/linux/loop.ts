import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { closedError } from "../closed.ts";
import { HostError, hasErrno } from "../host-error.ts";
import type { LoopAttach, LoopInfo, LoopOps } from "../host-ops.ts";
import { checkLoop } from "../loop-checks.ts";
import { host } from "../native-error.ts";
import { undoing } from "../undoing.ts";
import type { Addon, NativeLoopConfig } from "./addon.ts";
import { doneBefore, inOneGo } from "./in-one-go.ts";
import { type Retry, retrying } from "./retry.ts";
import { Turns } from "./turns.ts";

const CONTROL = "/dev/loop-control";

/**
 * GET_FREE reserves nothing: somebody else, of this process or another, was faster (EBUSY), or the node of a new device is a moment late
 * (ENOENT, ENXIO). EAGAIN: pages of the backing file became dirty while the kernel dropped them.
 */
const ATTACH: Retry = {
  tries: 100,
  again: (error) => hasErrno(error, "EBUSY", "EAGAIN") || isMissingDevice(error),
  atOnce: 4,
  mostPauseMs: 5,
};

/** Loop devices (linux/loop.h). Needs Linux 5.8. */
export class LinuxLoop implements LoopOps {
  readonly #addon: Addon;
  readonly #retry: Retry;
  /** GET_FREE gives all who ask at once the same device, of whom one gets it: the others would ask again and again. */
  readonly #turns = new Turns(1);
  /** Devices that autoclear, kept open by us. */
  readonly #held = new Map<string, FileHandle>();
  #closed = false;

  constructor(addon: Addon, retry = ATTACH) {
    this.#addon = addon;
    this.#retry = retry;
  }

  async attach(spec: LoopAttach, { signal }: { signal?: AbortSignal } = {}): Promise<LoopInfo> {
    checkLoop(spec);
    const attempt = async () => {
      this.#mustHold(spec);
      const device = `/dev/loop${await this.#free()}`;
      const holder = spec.autoclear === true ? await host(device, () => open(device, "r")) : null;
      try {
        const info = await this.#configure(device, spec);
        this.#mustHold(spec);
        if (holder !== null) this.#held.set(device, holder);
        return info;
      } catch (error) {
        throw await undoing(error, async () => holder?.close());
      }
    };
    return this.#turns.run(() => retrying(this.#retry, attempt, signal), signal);
  }

  /** What autoclears goes with us: once we are closed nobody would hold it. */
  #mustHold(spec: LoopAttach): void {
    if (this.#closed && spec.autoclear === true) throw closedError("ioctl(LOOP_CONFIGURE)", spec.backingFile);
  }

  async #free(): Promise<number> {
    try {
      return await host(CONTROL, () => this.#addon.loopGetFree());
    } catch (error) {
      if (!hasErrno(error, "ENOENT", "ENODEV", "ENXIO")) throw error;
      throw new HostError({
        code: "ERR_HOST_UNSUPPORTED",
        errnoCode: error.errnoCode,
        syscall: error.syscall,
        object: error.object,
        detail: "this kernel has no loop devices",
        next: "load them: `modprobe loop`",
        cause: error,
      });
    }
  }

  /** Attached as asked, which is looked at in the same go, or not at all. */
  async #configure(device: string, spec: LoopAttach): Promise<LoopInfo> {
    const addon = this.#addon;
    const [, status] = await inOneGo(addon, device, [
      () => addon.loopConfigure(toNative(spec, device)),
      () => addon.loopStatus(device),
    ]).catch((error: unknown) => {
      if (doneBefore(error) > 0) return [undefined, null] as const;
      throw error;
    });
    const asAsked =
      status !== null &&
      status.name === spec.name &&
      status.readOnly === spec.readOnly &&
      status.offsetBytes === (spec.offsetBytes ?? 0n) &&
      status.sizeLimitBytes === (spec.sizeLimitBytes ?? 0n) &&
      [undefined, 0, status.blockSize].includes(spec.blockSize) &&
      status.autoclear === (spec.autoclear ?? false) &&
      status.directIo === (spec.directIo ?? false);
    if (asAsked) return { device, ...status };
    const otherwise = new HostError({
      errnoCode: "EOPNOTSUPP",
      syscall: "ioctl(LOOP_CONFIGURE)",
      object: device,
      detail: `the kernel attached ${spec.backingFile} otherwise than asked`,
    });
    throw await undoing(otherwise, () => this.detach(device));
  }

  async detach(device: string): Promise<void> {
    // Before the close: after it the kernel may have cleared it, and it be somebody else's.
    try {
      await host(device, () => this.#addon.loopClear(device));
    } catch (error) {
      if (!hasErrno(error, "ENXIO", "ENOENT")) throw error;
    } finally {
      const holder = this.#held.get(device);
      this.#held.delete(device);
      await holder?.close();
    }
  }

  async status(device: string): Promise<LoopInfo | null> {
    try {
      return { device, ...(await host(device, () => this.#addon.loopStatus(device))) };
    } catch (error) {
      if (hasErrno(error, "ENXIO", "ENOENT")) return null;
      throw error;
    }
  }

  async list(namePrefix: string): Promise<LoopInfo[]> {
    return (await this.#bound()).filter(({ name }) => name.startsWith(namePrefix));
  }

  async lookup(backingFile: string): Promise<LoopInfo[]> {
    const { dev, ino } = await host(backingFile, () => stat(backingFile, { bigint: true }));
    const bound = await this.#bound();
    return bound.filter(({ backingDevice, backingInode }) => backingDevice === dev && backingInode === ino);
  }

  async #bound(): Promise<LoopInfo[]> {
    const devices = (await host("/sys/block", () => readdir("/sys/block"))).filter((name) =>
      /^loop\d+$/.test(name),
    );
    const found = await Promise.all(devices.map((name) => this.status(`/dev/${name}`)));
    return found.filter((info) => info !== null);
  }

  async refreshSize(device: string): Promise<void> {
    await host(device, () => this.#addon.loopSetCapacity(device));
  }

  async setDirectIo(device: string, on: boolean): Promise<void> {
    await host(device, () => this.#addon.loopSetDirectIo(device, on), { EINVAL: "ERR_HOST_UNSUPPORTED" });
  }

  /** What autoclears goes, unless somebody else has it open. */
  async close(): Promise<void> {
    this.#closed = true;
    const held = [...this.#held.values()];
    this.#held.clear();
    await Promise.all(held.map((holder) => holder.close()));
  }
}

/** The loop device's own node, not its backing file. */
function isMissingDevice(error: unknown): boolean {
  return hasErrno(error, "ENOENT", "ENXIO") && /^\/dev\/loop\d+$/.test(error.object);
}

function toNative(spec: LoopAttach, device: string): NativeLoopConfig {
  const { backingFile, name, readOnly } = spec;
  return {
    device,
    backingFile,
    name,
    readOnly,
    directIo: spec.directIo ?? false,
    autoclear: spec.autoclear ?? false,
    offsetBytes: spec.offsetBytes ?? 0n,
    sizeLimitBytes: spec.sizeLimitBytes ?? 0n,
    blockSize: spec.blockSize ?? 0,
  };
}
