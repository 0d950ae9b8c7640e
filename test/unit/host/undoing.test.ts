import { describe, expect, it } from "vitest";
import { HostError } from "../../../src/host/host-error.ts";
import { undoing } from "../../../src/host/undoing.ts";

const error = new HostError({ errnoCode: "EINVAL", syscall: "make", object: "x", detail: "why" });
const second = new HostError({ errnoCode: "EBUSY", syscall: "unmake", object: "x" });

describe("taking back what was half made", () => {
  it("gives the error that it is for", async () => {
    const released: string[] = [];
    expect(await undoing(error, async () => released.push("x"))).toBe(error);
    expect(released).toEqual(["x"]);
  });

  it("joins the release's error to it, which stays the one to tell", async () => {
    expect(await undoing(error, () => Promise.reject(second), "remove it")).toMatchObject({
      code: "ERR_HOST_INVALID",
      errnoCode: "EINVAL",
      syscall: "make",
      object: "x",
      detail: expect.stringMatching(/^why, and what was made is still there: unmake on x failed: EBUSY/),
      next: "remove it",
      cause: { errors: [error, second] },
    });
  });

  it("leaves another's error as it is", async () => {
    const reason = new DOMException("stop", "AbortError");
    expect(await undoing(reason, () => Promise.reject(second))).toBe(reason);
  });
});
