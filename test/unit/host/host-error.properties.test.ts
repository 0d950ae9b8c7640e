import os from "node:os";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errnoName, HostError } from "../../../src/host/host-error.ts";
import { toHostError } from "../../../src/host/native-error.ts";

describe("any errno of this system", () => {
  it("keeps its name and number through an error of the addon, and has a stable code", () => {
    const errnos = Object.values(os.constants.errno);
    fc.assert(
      fc.property(fc.constantFrom(...errnos), fc.string(), (errno, object) => {
        const native = Object.assign(new Error("native"), { errno: -errno, syscall: "ioctl(X)", object });
        const error = toHostError(native, object);
        expect(error).toBeInstanceOf(HostError);
        expect(error.errno).toBe(-errno);
        expect(error.errnoCode).toBe(errnoName(errno));
        expect(error.code).toMatch(/^ERR_HOST_[A-Z_]+$/);
      }),
    );
  });
});
