import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cgroup2Mount } from "../../../../src/host/linux/cgroup.ts";
import { parseStat, parseUid, parseUsage } from "../../../../src/host/linux/proc.ts";

const ticks = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe("any /proc/pid/stat", () => {
  it("gives state, start time and CPU time, whatever the command calls itself", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom("R", "S", "D", "Z"),
        ticks,
        ticks,
        ticks,
        (name, state, ...times) => {
          const [user, system, start] = times;
          const before = Array.from({ length: 10 }, (_, index) => index);
          const line = `7 (${name}) ${state} ${before.join(" ")} ${user} ${system} 0 0 20 0 1 0 ${start} 1 2\n`;
          expect(parseStat(line)).toEqual({ state, startTimeTicks: start });
          expect(parseUsage(line, "VmRSS:\t 3 kB\n")).toEqual({
            cpuMicroseconds: (user + system) * 10_000n,
            rssBytes: 3072n,
          });
        },
      ),
    );
  });

  it("that is none is null, and never an exception", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[0-9A-Z() ]{0,60}$/)),
        fc.string(),
        (stat, status) => {
          const parsed = parseStat(stat);
          if (parsed !== null) expect(parsed.state).toMatch(/^[A-Za-z]$/);
          const usage = parseUsage(stat, status);
          if (usage !== null) expect(usage.rssBytes >= 0n).toBe(true);
          const uid = parseUid(status);
          if (uid !== null) expect(Number.isInteger(uid)).toBe(true);
        },
      ),
    );
  });
});

describe("any mountinfo", () => {
  /** As fs/proc_namespace.c writes paths: blank, tab, newline and backslash as three octal digits. */
  const mangled = (path: string) =>
    path.replaceAll(/[ \t\n\\]/g, (found) => `\\${found.charCodeAt(0).toString(8).padStart(3, "0")}`);

  it("leads to where cgroup v2 is mounted, whatever the directory's name", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/[\0/]/.test(text));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), (names) => {
        const point = `/${names.join("/")}`;
        const lines = [
          "25 1 0:22 / /proc rw - proc proc rw",
          `26 1 0:23 / ${mangled(point)} rw,nosuid shared:4 - cgroup2 cgroup2 rw`,
        ];
        expect(cgroup2Mount(lines.join("\n"))).toBe(point);
      }),
    );
  });
});
