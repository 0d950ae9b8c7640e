import { HostError, hasErrno } from "../host-error.ts";
import type { DmInfo } from "../host-ops.ts";
import { host, type Meanings } from "../native-error.ts";
import type { NativeDmDevice } from "./addon.ts";

export const CONTROL = "/dev/mapper/control";
export const NO_DEVICE_MAPPER = `this kernel has no device-mapper (${CONTROL})`;

/** Whoever makes something is told what the kernel lacks; a device that is not there is another matter, and also ENXIO. */
export async function call<T>(object: string, run: () => Promise<T>, meanings?: Meanings): Promise<T> {
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

export function isMissing(error: unknown): error is HostError {
  return hasErrno(error, "ENOENT", "ENODEV", "ENXIO") && error.syscall === "open";
}

/** What is not there, device or all of device-mapper, reads as `nothing`. */
export async function orMissing<T, N>(nothing: N, run: () => Promise<T>): Promise<T | N> {
  try {
    return await run();
  } catch (error) {
    if (isMissing(error) || hasErrno(error, "ENXIO")) return nothing;
    throw error;
  }
}

export function infoOf(device: NativeDmDevice): DmInfo {
  const { name, uuid, major, minor, openCount, readOnly, suspended, deferredRemove, eventNumber } = device;
  return {
    name,
    uuid,
    number: `${major}:${minor}`,
    device: `/dev/dm-${minor}`,
    openCount,
    readOnly,
    suspended,
    deferredRemove,
    eventNumber,
  };
}
