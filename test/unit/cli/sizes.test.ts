import { describe, expect, it } from "vitest";
import { vmRun } from "../../../src/cli/commands/vm/run.ts";
import { parseArgs } from "../../../src/cli/parse.ts";
import { durationOf, sizesOf } from "../../../src/cli/sizes.ts";

const sizes = (...args: string[]) => sizesOf(parseArgs(vmRun, args));

describe("sizes (VM-6)", () => {
  it("are what was passed, and nothing else", () => {
    expect(sizes()).toEqual({});
    expect(sizes("--vcpu", "4", "-m", "512M", "--disk-size", "8G", "--system-overlay-size", "1T")).toEqual({
      vcpu: 4,
      memoryMib: 512,
      diskSizeBytes: 8 * 2 ** 30,
      overlaySizeBytes: 2 ** 40,
    });
  });

  it.each([
    ["0", "--memory cannot be 0"],
    ["0M", "--memory cannot be 0"],
    ["-5M", '--memory "-5M" is not a size'],
    ["1.5G", '--memory "1.5G" is not a size'],
    ["12x", '--memory "12x" is not a size'],
    ["512", '--memory "512" is not a size'],
    ["", '--memory "" is not a size'],
    ["1e9G", '--memory "1e9G" is not a size'],
    ["99999999999999999G", '--memory "99999999999999999G" is not a size'],
    ["NaN", '--memory "NaN" is not a size'],
    ["1023K", '--memory "1023K" is not a whole number of MiB'],
  ])("--memory %s", (text, message) => {
    expect(() => sizes(`--memory=${text}`)).toThrow(
      expect.objectContaining({ code: "ERR_USAGE", message, next: expect.stringContaining("--memory") }),
    );
  });

  it.each(["0", "-1", "1.5", "two", "", "1e3", "99999999999999999999"])("--vcpu %s", (text) => {
    expect(() => sizes(`--vcpu=${text}`)).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  });
});

describe("durations", () => {
  it.each([
    ["90s", 90_000],
    ["1m30s", 90_000],
    ["500ms", 500],
    ["10", 10_000],
  ])("%s", (text, expected) => expect(durationOf("timeout", text)).toBe(expected));

  it.each(["", "0", "0s", "-1s", "soon", "1y"])("%s is refused", (text) => {
    expect(() => durationOf("timeout", text)).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  });
});
