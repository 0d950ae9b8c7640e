import { describe, expect, it } from "vitest";
import { errnoName, HostError, hasErrno, invalid } from "../../../src/host/host-error.ts";
import { host, toHostError } from "../../../src/host/native-error.ts";
import { BangerError } from "../../../src/shared/errors.ts";

describe("HostError", () => {
  it("has Node's facts and a stable code", () => {
    const error = new HostError({
      errnoCode: "EBUSY",
      syscall: "ioctl(LOOP_CONFIGURE)",
      object: "/dev/loop1",
      detail: "held",
    });
    expect(error).toBeInstanceOf(BangerError);
    expect(error).toMatchObject({
      name: "HostError",
      code: "ERR_HOST_BUSY",
      errno: -16,
      syscall: "ioctl(LOOP_CONFIGURE)",
      object: "/dev/loop1",
      details: { errnoCode: "EBUSY", syscall: "ioctl(LOOP_CONFIGURE)", object: "/dev/loop1" },
    });
    expect(error.message).toBe("ioctl(LOOP_CONFIGURE) on /dev/loop1 failed: EBUSY, held");
  });

  it.each([
    ["EEXIST", "ERR_HOST_EXISTS"],
    ["ENODEV", "ERR_HOST_NOT_FOUND"],
    ["EACCES", "ERR_HOST_PERMISSION"],
    ["EDQUOT", "ERR_HOST_NO_SPACE"],
    ["EOPNOTSUPP", "ERR_HOST_UNSUPPORTED"],
    ["ENAMETOOLONG", "ERR_HOST_INVALID"],
    ["ECANCELED", "ERR_HOST_CLOSED"],
    ["EIO", "ERR_HOST_IO"],
    ["errno 9999", "ERR_HOST_IO"],
  ])("%s is %s", (errnoCode, code) => {
    expect(new HostError({ errnoCode, syscall: "x", object: "y" }).code).toBe(code);
  });

  it("names errnos as the man pages do", () => {
    expect([errnoName(-16), errnoName(16), errnoName(95), errnoName(11), errnoName(9999)]).toEqual([
      "EBUSY",
      "EBUSY",
      "EOPNOTSUPP",
      "EAGAIN",
      "errno 9999",
    ]);
  });

  it("asks for errnos, of HostErrors only", () => {
    expect(hasErrno(invalid("x", "y", "z"), "EIO", "EINVAL")).toBe(true);
    expect(hasErrno(invalid("x", "y", "z"), "EIO")).toBe(false);
    expect(hasErrno(Object.assign(new Error("x"), { errnoCode: "EINVAL" }), "EINVAL")).toBe(false);
  });
});

describe("errors of the addon and of node:fs", () => {
  const native = (facts: object) => Object.assign(new Error("native"), facts);

  it("keep their facts, and the kernel's own words", () => {
    const cause = native({
      errno: -95,
      syscall: "netlink(RTM_NEWLINK)",
      object: "d0",
      detail: "Unknown device type",
    });
    const error = toHostError(cause, "ignored");
    expect(error).toMatchObject({
      code: "ERR_HOST_UNSUPPORTED",
      errnoCode: "EOPNOTSUPP",
      object: "d0",
      cause,
    });
    expect(error.message).toContain("Unknown device type");
  });

  it("take the path of node:fs, else the caller's object", () => {
    expect(toHostError(native({ errno: -2, syscall: "open", path: "/p" }), "o").object).toBe("/p");
    expect(toHostError(native({ errno: -2, syscall: "open" }), "o").object).toBe("o");
  });

  it("mean what the place says", () => {
    const busy = native({ errno: -16, syscall: "ioctl(TUNSETIFF)", object: "t" });
    expect(toHostError(busy, "t", { EBUSY: "ERR_HOST_EXISTS" })).toMatchObject({
      code: "ERR_HOST_EXISTS",
      errnoCode: "EBUSY",
    });
  });

  it("of arguments are ERR_HOST_INVALID, and a HostError stays as it is", async () => {
    const wrong = () => {
      throw new TypeError("name must be a string");
    };
    await expect(host("o", wrong)).rejects.toMatchObject({ code: "ERR_HOST_INVALID", object: "o" });
    const error = invalid("x", "y", "z");
    expect(toHostError(error, "o")).toBe(error);
  });
});
