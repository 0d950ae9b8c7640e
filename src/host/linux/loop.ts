import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { HostError, hasErrno } from "../host-error.ts";
import type { LoopAttach, LoopInfo, LoopOps } from "../host-ops.ts";
import { host } from "../native-error.ts";
import type { Addon } from "./addon.ts";

const ATTACH_TRIES = 100;

/** Loop devices (linux/loop.h). Needs Linux 5.8. */
export class LinuxLoop implements LoopOps {
  readonly #addon: Addon;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  async attach(spec: LoopAttach): Promise<LoopInfo> {
    for (let attempt = 1; ; attempt += 1) {
      const index = await host(
        "/dev/loop-control",
        () => this.#addon.loopGetFree(),
        // No control node: a kernel without loop.
        { ENOENT: "ERR_HOST_UNSUPPORTED", ENODEV: "ERR_HOST_UNSUPPORTED", ENXIO: "ERR_HOST_UNSUPPORTED" },
      );
      const device = `/dev/loop${index}`;
      try {
        await host(device, () => this.#addon.loopConfigure({ ...defaults(spec), device }));
        return await this.#verified(device, spec);
      } catch (error) {
        // GET_FREE reserves nothing: somebody else, of this process or another, was faster. The node of a new device
        // may also be a moment late.
        const lost =
          hasErrno(error, "EBUSY") || (hasErrno(error, "ENOENT", "ENXIO") && error.object === device);
        if (!lost || attempt >= ATTACH_TRIES) throw error;
        if (attempt > 4) await sleep(Math.random() * 5);
      }
    }
  }

  async #verified(device: string, spec: LoopAttach): Promise<LoopInfo> {
    const info = await this.status(device);
    const asAsked =
      info !== null &&
      info.name === spec.name &&
      info.readOnly === spec.readOnly &&
      info.offsetBytes === (spec.offsetBytes ?? 0n) &&
      info.directIo === (spec.directIo ?? false);
    if (asAsked) return info;
    await this.detach(device);
    throw new HostError({
      errnoCode: "EOPNOTSUPP",
      syscall: "ioctl(LOOP_CONFIGURE)",
      object: device,
      detail: `the kernel attached ${spec.backingFile} otherwise than asked`,
    });
  }

  async detach(device: string): Promise<void> {
    try {
      await host(device, () => this.#addon.loopClear(device));
    } catch (error) {
      if (!hasErrno(error, "ENXIO", "ENOENT")) throw error;
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
    const devices = (await host("/sys/block", () => readdir("/sys/block"))).filter((name) =>
      /^loop\d+$/.test(name),
    );
    const found = await Promise.all(devices.map((name) => this.status(`/dev/${name}`)));
    return found.filter((info) => info?.name.startsWith(namePrefix) === true) as LoopInfo[];
  }

  async refreshSize(device: string): Promise<void> {
    await host(device, () => this.#addon.loopSetCapacity(device));
  }
}

function defaults(spec: LoopAttach) {
  return {
    backingFile: spec.backingFile,
    name: spec.name,
    readOnly: spec.readOnly,
    directIo: spec.directIo ?? false,
    offsetBytes: spec.offsetBytes ?? 0n,
    sizeLimitBytes: spec.sizeLimitBytes ?? 0n,
    blockSize: spec.blockSize ?? 0,
  };
}
