import { readlink } from "node:fs/promises";
import path from "node:path";
import { DM_TARGETS, dmTable, dmTargetStatus, dmUuid } from "../dm-table.ts";
import { HostError, hasErrno } from "../host-error.ts";
import type { DmCreate, DmInfo, DmOps, DmStatus, DmTarget } from "../host-ops.ts";
import { host, type Meanings } from "../native-error.ts";
import type { Addon, NativeDmDevice } from "./addon.ts";

const CONTROL = "/dev/mapper/control";

/** Device-mapper (linux/dm-ioctl.h), without udev and without libdevmapper. Needs Linux 5.5 (DM_GET_TARGET_VERSION). */
export class LinuxDm implements DmOps {
  readonly #addon: Addon;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  async available(): Promise<{ ok: boolean; reason: string }> {
    const missing: string[] = [];
    try {
      const [major, minor] = await call(CONTROL, () => this.#addon.dmVersion());
      for (const type of DM_TARGETS) if (!(await this.#has(type))) missing.push(type);
      if (missing.length === 0) return { ok: true, reason: `device-mapper ${major}.${minor} has snapshots` };
      return { ok: false, reason: `device-mapper has no target ${missing.join(", ")}` };
    } catch (error) {
      if (isMissing(error)) return { ok: false, reason: NO_DEVICE_MAPPER };
      if (hasErrno(error, "EACCES", "EPERM")) return { ok: false, reason: `${CONTROL} is root's alone` };
      throw error;
    }
  }

  async #has(type: string): Promise<boolean> {
    try {
      await call(type, () => this.#addon.dmTargetVersion(type));
      return true;
    } catch (error) {
      if (hasErrno(error, "EINVAL", "ENXIO", "ENOTTY")) return false;
      throw error;
    }
  }

  async create(spec: DmCreate): Promise<DmInfo> {
    const { name, table, readOnly } = spec;
    const uuid = dmUuid(spec);
    const lines = dmTable(name, table);
    await call(name, () => this.#addon.dmCreate(name, uuid), { EBUSY: "ERR_HOST_EXISTS" });
    try {
      await call(name, () => this.#addon.dmLoad(name, readOnly, lines));
      return infoOf(await call(name, () => this.#addon.dmResume(name)));
    } catch (error) {
      await this.remove(name, { deferred: true });
      throw error;
    }
  }

  async load(name: string, table: DmTarget[], readOnly: boolean): Promise<void> {
    const lines = dmTable(name, table);
    await call(name, () => this.#addon.dmLoad(name, readOnly, lines));
  }

  async suspend(name: string): Promise<void> {
    await call(name, () => this.#addon.dmSuspend(name));
  }

  async resume(name: string): Promise<void> {
    await call(name, () => this.#addon.dmResume(name));
  }

  async remove(name: string, { deferred = false } = {}): Promise<"removed" | "deferred"> {
    const gone = await orMissing(null, () => call(name, () => this.#addon.dmRemove(name, deferred)));
    return gone?.deferredRemove === true ? "deferred" : "removed";
  }

  async status(name: string): Promise<DmStatus | null> {
    return orMissing(null, async () => {
      const { targets, ...device } = await call(name, () => this.#addon.dmTargets(name, false));
      return { ...infoOf(device), targets: targets.map(dmTargetStatus) };
    });
  }

  async dependencies(name: string): Promise<{ number: string; device: string }[]> {
    const numbers = await call(name, () => this.#addon.dmDependencies(name));
    return Promise.all(
      numbers.map(async (number) => {
        // With partitions a loop device's minor is not its index.
        const link = await host(number, () => readlink(`/sys/dev/block/${number}`));
        return { number, device: `/dev/${path.basename(link)}` };
      }),
    );
  }

  async list(namePrefix: string): Promise<DmInfo[]> {
    const all = await orMissing([], () => call(CONTROL, () => this.#addon.dmList()));
    const ours = all.filter(({ name }) => name.startsWith(namePrefix));
    const found = await Promise.all(
      ours.map(({ name }) => orMissing(null, () => call(name, () => this.#addon.dmStatus(name)))),
    );
    return found.filter((device) => device !== null).map(infoOf);
  }
}

const NO_DEVICE_MAPPER = `this kernel has no device-mapper (${CONTROL})`;

/** Whoever makes something is told what the kernel lacks; a device that is not there is another matter, and also ENXIO. */
async function call<T>(object: string, run: () => Promise<T>, meanings?: Meanings): Promise<T> {
  try {
    return await host(object, run, meanings);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new HostError({
      code: "ERR_HOST_UNSUPPORTED",
      errnoCode: error.errnoCode,
      syscall: error.syscall,
      object: error.object,
      detail: NO_DEVICE_MAPPER,
      next: "load it: `modprobe dm-snapshot`",
      cause: error,
    });
  }
}

function isMissing(error: unknown): error is HostError {
  return hasErrno(error, "ENOENT", "ENODEV", "ENXIO") && error.syscall === "open";
}

/** What is not there, device or all of device-mapper, reads as `nothing`. */
async function orMissing<T, N>(nothing: N, run: () => Promise<T>): Promise<T | N> {
  try {
    return await run();
  } catch (error) {
    if (isMissing(error) || hasErrno(error, "ENXIO")) return nothing;
    throw error;
  }
}

function infoOf(device: NativeDmDevice): DmInfo {
  const { name, uuid, major, minor, openCount, readOnly, suspended, deferredRemove } = device;
  return {
    name,
    uuid,
    number: `${major}:${minor}`,
    device: `/dev/dm-${minor}`,
    openCount,
    readOnly,
    suspended,
    deferredRemove,
  };
}
