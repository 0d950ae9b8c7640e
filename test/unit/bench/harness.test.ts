import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { timeProcess } from "../../bench/harness/process.ts";
import { untilQuiet } from "../../bench/harness/quiet.ts";
import { machine, measuredRow, table } from "../../bench/harness/report.ts";
import { alternate, percentile } from "../../bench/harness/stats.ts";

describe("percentile", () => {
  it("interpolates between the closest ranks, whatever the order", () => {
    expect(percentile([3, 1, 2], 50)).toBe(2);
    expect(percentile([4, 1, 2, 3], 50)).toBe(2.5);
    expect(percentile([1, 2, 3, 4, 5], 99)).toBeCloseTo(4.96);
    expect(percentile([7], 99)).toBe(7);
    expect(() => percentile([], 50)).toThrow(RangeError);
  });
});

describe("alternate", () => {
  it("takes turns, changes who is first, and drops the first of each", async () => {
    const order: string[] = [];
    const measure = (name: string) => async (run: number) => {
      order.push(`${name}${run}`);
      return run;
    };
    const samples = await alternate(3, measure("s"), measure("r"));
    expect(samples).toEqual({ subject: [0, 1, 2], reference: [0, 1, 2] });
    expect(order).toEqual(["s-1", "r-1", "s0", "r0", "r1", "s1", "s2", "r2"]);
  });
});

describe("untilQuiet", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Milliseconds that it waits on a host whose CPUs are busy for as long, and next to idle from then on. */
  async function waited(busyMs: number, limits: { leastMs: number; mostMs: number }): Promise<number> {
    const start = performance.now();
    const read = () => {
      const all = performance.now() - start;
      return { busy: Math.min(all, busyMs) + Math.max(0, all - busyMs) / 20, all, cpus: 2 };
    };
    let end = 0;
    const waiting = untilQuiet(limits, read).then(() => {
      end = performance.now();
    });
    await vi.advanceTimersByTimeAsync(60_000);
    await waiting;
    return end - start;
  }

  it("waits for as long as the host is busy, and a second", async () => {
    expect(await waited(0, { leastMs: 0, mostMs: 30_000 })).toBe(1_000);
    expect(await waited(5_000, { leastMs: 0, mostMs: 30_000 })).toBe(6_000);
  });

  it("waits for at least, and at most, as long as it is told", async () => {
    expect(await waited(0, { leastMs: 2_500, mostMs: 30_000 })).toBe(3_500);
    expect(await waited(50_000, { leastMs: 0, mostMs: 10_000 })).toBe(10_000);
  });
});

describe("report", () => {
  const names = { name: "create-cold", reference: "floor", unit: "ms" };

  it("has p50, p99 and the ratio of the medians", () => {
    const samples = { subject: [10, 30, 20], reference: [16, 16, 16] };
    expect(measuredRow(names, samples, [{ name: "boot", samples: [1, 2, 3] }])).toEqual({
      ...names,
      runs: 3,
      p50: 20,
      p99: 29.8,
      referenceP50: 16,
      ratio: 1.25,
      samples,
      stages: [{ name: "boot", p50: 2 }],
    });
  });

  it("prints measured and skipped rows", () => {
    const row = measuredRow(names, { subject: [1500], reference: [1000] }, [
      { name: "boot", samples: [900] },
    ]);
    const text = table({
      machine: machine(),
      rows: [row, { name: "create-dm", skipped: "no device-mapper" }],
    });
    expect(text).toMatch(/create-cold +1500 ms +1500 ms +floor +1000 ms +1\.50 +1$/m);
    expect(text).toMatch(/create-dm +skipped: no device-mapper$/m);
    expect(text).toMatch(/create-cold: boot 900 ms$/m);
  });
});

describe("timeProcess", () => {
  it("measures to the end and fails with the program's own words", async () => {
    expect(await timeProcess("/bin/sh", ["-c", "exit 0"])).toBeGreaterThan(0);
    await expect(timeProcess("/bin/sh", ["-c", "echo no >&2; exit 3"])).rejects.toThrow(/ended with 3: no/);
  });
});
