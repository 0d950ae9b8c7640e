import os from "node:os";
import { describe, expect, it } from "vitest";
import type { Addon } from "../../../../src/host/linux/addon.ts";
import { LinuxDm } from "../../../../src/host/linux/dm.ts";
import { oneGo } from "./support/one-go.ts";

const spec = { name: "bgr-a", table: [{ type: "zero", lengthSectors: 8n } as const], readOnly: true };

function systemError(code: keyof typeof os.constants.errno, syscall: string): Error {
  return Object.assign(new Error(code), { errno: -os.constants.errno[code], syscall, object: "bgr-a" });
}

/** An addon of which only these parts are there. */
function dm(parts: Partial<Record<keyof Addon, unknown>>): LinuxDm {
  class DmEventWatcher {}
  // As what is not begun behind a failure.
  const dmResume = () => Promise.reject(systemError("ECANCELED", "call"));
  const whole = { DmEventWatcher, inOneGo: oneGo, dmCreate: async () => ({}), dmResume, ...parts };
  return new LinuxDm(whole as unknown as Addon);
}

describe("making a device-mapper device", () => {
  it("tells why it failed, also when what was made cannot be taken away", async () => {
    const parts = {
      dmLoad: () => Promise.reject(systemError("EINVAL", "ioctl(DM_TABLE_LOAD)")),
      dmRemove: () => Promise.reject(systemError("EBUSY", "ioctl(DM_DEV_REMOVE)")),
    };
    await expect(dm(parts).create(spec)).rejects.toMatchObject({
      code: "ERR_HOST_INVALID",
      errnoCode: "EINVAL",
      syscall: "ioctl(DM_TABLE_LOAD)",
      message: expect.stringContaining("ioctl(DM_DEV_REMOVE) on bgr-a failed: EBUSY"),
      next: "remove it: `dmsetup remove bgr-a`",
      cause: expect.objectContaining({
        errors: [
          expect.objectContaining({ errnoCode: "EINVAL" }),
          expect.objectContaining({ errnoCode: "EBUSY" }),
        ],
      }),
    });
  });

  it("takes away what it made when its table does not come into force", async () => {
    const removed: unknown[] = [];
    const parts = {
      dmLoad: async () => ({}),
      dmResume: () => Promise.reject(systemError("ENOSPC", "ioctl(DM_DEV_SUSPEND, resume)")),
      dmRemove: async (...args: unknown[]) => {
        removed.push(args);
        return { deferredRemove: false };
      },
    };
    await expect(dm(parts).create(spec)).rejects.toMatchObject({
      code: "ERR_HOST_NO_SPACE",
      next: undefined,
    });
    expect(removed).toEqual([["bgr-a", true]]);
  });

  it("touches nothing of a device of that name when an argument is refused at once", async () => {
    const begun: string[] = [];
    const parts = {
      dmCreate: () => {
        throw new TypeError("uuid must be a string");
      },
      dmLoad: async () => begun.push("dmLoad"),
      dmResume: async () => begun.push("dmResume"),
      dmRemove: async () => begun.push("dmRemove"),
    };
    await expect(dm(parts).create(spec)).rejects.toMatchObject({ code: "ERR_HOST_INVALID" });
    await expect(dm(parts).create({ ...spec, uuid: "x\0" })).rejects.toMatchObject({
      code: "ERR_HOST_INVALID",
      syscall: "ioctl(DM_DEV_CREATE)",
    });
    expect(begun).toEqual([]);
  });

  it("makes nothing when its table is refused at once", async () => {
    const begun: string[] = [];
    const parts = {
      dmLoad: () => {
        throw new TypeError("lengthSectors must be an unsigned 64-bit BigInt");
      },
      dmResume: async () => begun.push("dmResume"),
      dmRemove: async () => begun.push("dmRemove"),
    };
    await expect(dm(parts).create(spec)).rejects.toMatchObject({ code: "ERR_HOST_INVALID" });
    expect(begun).toEqual([]);
  });

  it("says what to load where the kernel has no device-mapper, and who may use it", async () => {
    const dmLoad = () => Promise.reject(systemError("ECANCELED", "call"));
    const missing = { dmLoad, dmCreate: () => Promise.reject(systemError("ENODEV", "open")) };
    await expect(dm(missing).create(spec)).rejects.toMatchObject({
      code: "ERR_HOST_UNSUPPORTED",
      next: "load it: `modprobe dm-snapshot`",
    });
    const denied = { dmLoad, dmCreate: () => Promise.reject(systemError("EACCES", "open")) };
    await expect(dm(denied).create(spec)).rejects.toMatchObject({ code: "ERR_HOST_PERMISSION" });
  });
});
