import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Addon } from "../../../../src/host/linux/addon.ts";
import { cgroup2Mount } from "../../../../src/host/linux/cgroup.ts";
import { parseStat, parseUid, parseUsage, processOf, usageOf } from "../../../../src/host/linux/proc.ts";
import { later } from "../../../../src/host/linux/steps.ts";

const ADDON = { procRead: (path: string) => readFile(path, "utf8") } as Addon;
const TAIL = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21\n";

describe("/proc", () => {
  it("reads state and start time after the last bracket of the command name", () => {
    expect(parseStat(`12 (sh)${TAIL}`)).toEqual({ state: "S", startTimeTicks: 4242n });
    expect(parseStat(`12 (a) R 1 (b)${TAIL}`)).toEqual({ state: "S", startTimeTicks: 4242n });
    for (const text of ["", "12", "12 (sh) S 1 2", "12 (sh)"]) expect(parseStat(text)).toBeNull();
    fc.assert(fc.property(fc.string(), (name) => parseStat(`1 (${name})${TAIL}`)?.startTimeTicks === 4242n));
  });

  it("reads the real uid", () => {
    expect(parseUid("Name:\tx\nUid:\t7\t8\t9\t10\n")).toBe(7);
    expect(parseUid("")).toBeNull();
  });

  it("reads CPU time in ticks and resident memory", async () => {
    const stat = `12 (a) b)${TAIL}`;
    expect(parseUsage(stat, "Name:\tx\nVmRSS:\t    2048 kB\n")).toEqual({
      cpuMicroseconds: (11n + 12n) * 10_000n,
      rssBytes: 2048n * 1024n,
    });
    // A zombie has no memory.
    expect(parseUsage(stat, "Name:\tx\n")).toBeNull();
    expect(parseUsage("12 (sh)", "VmRSS: 1 kB\n")).toBeNull();
    const [before, rss] = [process.cpuUsage(), process.memoryUsage().rss];
    const own = await later(ADDON, usageOf(process.pid));
    expect(Number(own?.cpuMicroseconds)).toBeGreaterThan((before.user + before.system) / 2);
    expect(Number(own?.rssBytes)).toBeGreaterThan(rss / 4);
  });

  it("finds this process, and not what is none", async () => {
    expect(await later(ADDON, processOf(process.pid))).toMatchObject({ uid: process.getuid?.() });
    expect(await later(ADDON, processOf(4_194_303))).toBeNull();
  });

  it("finds the mount of cgroup v2, and none where there is none", () => {
    const line = (point: string, type: string) =>
      `25 1 0:22 / ${point} rw,nosuid shared:4 - ${type} ${type} rw\n`;
    expect(cgroup2Mount(line("/proc", "proc") + line("/sys/fs/cgroup", "cgroup2"))).toBe("/sys/fs/cgroup");
    expect(cgroup2Mount(line("/a\\040b", "cgroup2"))).toBe("/a b");
    expect(cgroup2Mount(line("/sys/fs/cgroup", "cgroup"))).toBeNull();
    expect(() => cgroup2Mount(readFileSync("/proc/self/mountinfo", "utf8"))).not.toThrow();
  });
});
