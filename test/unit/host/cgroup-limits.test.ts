import { describe, expect, it } from "vitest";
import { limitFiles } from "../../../src/host/cgroup-limits.ts";

describe("limits of a cgroup", () => {
  it("are its files", () => {
    expect(limitFiles({ memoryMaxBytes: 1n << 40n, pidsMax: 64, cpuMaxPercent: 250 })).toEqual([
      ["memory.max", "1099511627776"],
      ["pids.max", "64"],
      ["cpu.max", "250000 100000"],
    ]);
  });

  it("that are not given are not written", () => {
    expect(limitFiles({})).toEqual([]);
  });
});
