import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../../src/shared/duration.ts";
import { editDistance, nearest } from "../../../src/shared/nearest.ts";
import { formatSize, parseSize } from "../../../src/shared/size.ts";

test.each([
  ["512M", 512 * 1024 ** 2],
  ["8G", 8 * 1024 ** 3],
  ["1T", 1024 ** 4],
  ["4k", 4096],
  ["2GiB", 2 * 1024 ** 3],
  ["2gb", 2 * 1024 ** 3],
  ["1.5G", 1.5 * 1024 ** 3],
  [" 3 M ", 3 * 1024 ** 2],
])("%j is %i bytes", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  "",
  "0",
  "0G",
  "-1G",
  "12",
  "12x",
  "G",
  "1.3.4G",
  "1e3G",
  "0x10G",
  "8 G B",
  "9999999T",
  "0.0001K",
])("%j is no size", (text) => {
  expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: "ERR_BAD_SIZE" }));
});

test("a size is formatted as it is written, or rounded where nobody would write it so", () => {
  expect([512 * 1024 ** 2, 8 * 1024 ** 3, 1000, 1536 * 1024 ** 2, 1_500_000_000].map(formatSize)).toEqual([
    "512M",
    "8G",
    "1000B",
    "1536M",
    "1.4G",
  ]);
});

test("what is formatted exactly is read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_239 }), fc.constantFrom("K", "M", "G"), (count, unit) => {
      const bytes = parseSize(`${count}${unit}`);
      expect(parseSize(formatSize(bytes))).toBe(bytes);
    }),
  );
});

test("durations are read and formatted", () => {
  expect(["90s", "1m30s", "500ms", "1.5s", "2h"].map(parseDuration)).toEqual([
    90_000, 90_000, 500, 1500, 7_200_000,
  ]);
  for (const text of ["", "90", "s", "-1s", "1s!", "1x", "0s", "s1"]) {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: "ERR_BAD_DURATION" }));
  }
  expect([850, 1_400, 125_000, 59_990].map(formatDuration)).toEqual(["850ms", "1.4s", "2m05s", "1m00s"]);
});

test("edit distance is a metric, and the nearest is near", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
    }),
  );
  expect(nearest("log_levl", ["vmm", "log_level"])).toBe("log_level");
  expect(nearest("entirely_else", ["vmm", "log_level"])).toBeNull();
});
