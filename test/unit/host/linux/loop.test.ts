import os from "node:os";
import { describe, expect, it } from "vitest";
import type { Addon, NativeLoopConfig, NativeLoopStatus } from "../../../../src/host/linux/addon.ts";
import { LinuxLoop } from "../../../../src/host/linux/loop.ts";
import { oneGo } from "./support/one-go.ts";

const spec = { backingFile: "/srv/disk", readOnly: false, name: "mine" };
const bound: NativeLoopStatus = {
  index: 3,
  name: "mine",
  backingInode: 1n,
  backingDevice: 1n,
  offsetBytes: 0n,
  sizeLimitBytes: 0n,
  sizeBytes: 512n,
  blockSize: 512,
  readOnly: false,
  autoclear: false,
  directIo: false,
};

function systemError(code: keyof typeof os.constants.errno, syscall: string, object: string): Error {
  return Object.assign(new Error(code), { errno: -os.constants.errno[code], syscall, object });
}

/** An addon of which only loops are there. */
function loops(parts: Partial<Addon>): LinuxLoop {
  const addon = { inOneGo: oneGo, loopGetFree: async () => 3, loopStatus: async () => bound, ...parts };
  return new LinuxLoop(addon as unknown as Addon);
}

const configure = (fail: (calls: number) => Error | null) => {
  let calls = 0;
  return {
    calls: () => calls,
    loopConfigure: async (_: NativeLoopConfig) => {
      calls += 1;
      const error = fail(calls);
      if (error !== null) throw error;
    },
  };
};

describe("attaching a loop device", () => {
  it.each([
    ["EBUSY", "ioctl(LOOP_CONFIGURE)"],
    ["EAGAIN", "ioctl(LOOP_CONFIGURE)"],
    ["ENXIO", "open"],
    ["ENOENT", "open"],
  ] as const)(
    "tries again when the device is another's or not yet there: %s of %s",
    async (errno, syscall) => {
      const native = configure((calls) => (calls < 3 ? systemError(errno, syscall, "/dev/loop3") : null));
      expect(await loops(native).attach(spec)).toEqual({ device: "/dev/loop3", ...bound });
      expect(native.calls()).toBe(3);
    },
  );

  it("asks for one device after another: a hundred at once do not compete", async () => {
    const taken = new Set<string>();
    let calls = 0;
    const loop = loops({
      loopGetFree: async () => taken.size,
      loopConfigure: async ({ device }: NativeLoopConfig) => {
        calls += 1;
        if (taken.has(device)) throw systemError("EBUSY", "ioctl(LOOP_CONFIGURE)", device);
        taken.add(device);
      },
    });
    await Promise.all(Array.from({ length: 100 }, () => loop.attach(spec)));
    expect([taken.size, calls]).toEqual([100, 100]);
  });

  it("gives up after a while, when it is never first", async () => {
    const native = configure(() => systemError("EBUSY", "ioctl(LOOP_CONFIGURE)", "/dev/loop3"));
    await expect(loops(native).attach(spec)).rejects.toMatchObject({
      code: "ERR_HOST_BUSY",
      errnoCode: "EBUSY",
    });
    expect(native.calls()).toBe(100);
  });

  it("does not when the backing file is missing, or not ours to open", async () => {
    for (const errno of ["ENOENT", "EACCES"] as const) {
      const native = configure(() => systemError(errno, "open", "/srv/disk"));
      await expect(loops(native).attach(spec)).rejects.toMatchObject({
        errnoCode: errno,
        object: "/srv/disk",
      });
      expect(native.calls()).toBe(1);
    }
  });

  it("asks nothing of a device when an argument is refused at once", async () => {
    const asked: string[] = [];
    const native = {
      loopConfigure: () => {
        throw new TypeError("name must be without a NUL character");
      },
      loopStatus: async (device: string) => {
        asked.push(device);
        return bound;
      },
    };
    await expect(loops(native).attach(spec)).rejects.toMatchObject({ code: "ERR_HOST_INVALID" });
    expect(asked).toEqual([]);
  });

  it("says how to get loop devices where the kernel has none, and who may make them", async () => {
    const missing = { loopGetFree: () => Promise.reject(systemError("ENOENT", "open", "/dev/loop-control")) };
    await expect(loops(missing).attach(spec)).rejects.toMatchObject({
      code: "ERR_HOST_UNSUPPORTED",
      next: "load them: `modprobe loop`",
    });
    const denied = { loopGetFree: () => Promise.reject(systemError("EACCES", "open", "/dev/loop-control")) };
    await expect(loops(denied).attach(spec)).rejects.toMatchObject({ code: "ERR_HOST_PERMISSION" });
  });

  it("takes back what the kernel made otherwise than asked", async () => {
    const cleared: string[] = [];
    const native = {
      ...configure(() => null),
      loopStatus: async () => ({ ...bound, readOnly: true }),
      loopClear: async (device: string) => void cleared.push(device),
    };
    await expect(loops(native).attach(spec)).rejects.toMatchObject({ code: "ERR_HOST_UNSUPPORTED" });
    expect(cleared).toEqual(["/dev/loop3"]);
  });
});
