import { describe, expect, it } from "vitest";
import { HostError, hasErrno } from "../../../../src/host/host-error.ts";
import { type Retry, retrying } from "../../../../src/host/linux/retry.ts";

const failure = (errnoCode: string) => new HostError({ errnoCode, syscall: "ioctl(X)", object: "/dev/x" });

function patient(): Retry & { pauses: number[] } {
  const pauses: number[] = [];
  return {
    tries: 10,
    again: (error) => hasErrno(error, "EBUSY"),
    atOnce: 2,
    mostPauseMs: 5,
    pause: async (milliseconds) => pauses.push(milliseconds),
    pauses,
  };
}

describe("trying again", () => {
  it("ends with the first success, at once first and then after random pauses", async () => {
    const retry = patient();
    let calls = 0;
    const attempt = async () => {
      calls += 1;
      if (calls < 8) throw failure("EBUSY");
      return "mine";
    };
    expect(await retrying(retry, attempt)).toBe("mine");
    expect([calls, retry.pauses.length]).toEqual([8, 5]);
    expect(new Set(retry.pauses).size).toBe(5);
    for (const pause of retry.pauses) expect(pause).toBeLessThan(5);
  });

  it("ends with a signal's reason, between two tries", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    let calls = 0;
    const attempt = async () => {
      calls += 1;
      if (calls === 3) abort.abort(reason);
      throw failure("EBUSY");
    };
    await expect(retrying(patient(), attempt, abort.signal)).rejects.toBe(reason);
    expect(calls).toBe(3);
  });

  it("is bounded, and is only for what can pass", async () => {
    const retry = patient();
    let calls = 0;
    const always = (errnoCode: string) => async () => {
      calls += 1;
      throw failure(errnoCode);
    };
    await expect(retrying(retry, always("EBUSY"))).rejects.toMatchObject({ code: "ERR_HOST_BUSY" });
    expect(calls).toBe(10);
    await expect(retrying(retry, always("EIO"))).rejects.toMatchObject({ errnoCode: "EIO" });
    expect(calls).toBe(11);
  });
});
