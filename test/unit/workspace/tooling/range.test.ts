import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { versionOfRange } from "../../../../src/workspace/tooling/range.ts";

describe("the version for a range", () => {
  it.each([
    ["20.11.1", "20.11.1"],
    ["v20.11.1", "20.11.1"],
    ["=20.11.1", "20.11.1"],
    ["20", "20"],
    ["20.x", "20"],
    ["20.11.*", "20.11"],
    ["^20.1.0", "20"],
    ["~20.1.3", "20.1"],
    [">=18", "18"],
    [">= 18.17.0", "18"],
    [">=18 <21", "18"],
    [">20", "21"],
    [">20.1.0", "20"],
    ["18 || 20 || >=22", "22"],
    ["^18.18.0 || ^20.9.0 || >=21.1.0", "21"],
    ["18.0.0 - 20.99.99", "18.0.0"],
    ["^1.22.19", "1.22"],
    ["22.0.0-rc.1", "22.0.0-rc.1"],
    [">=3.9", "3.9"],
    [">=3.9,<3.13", "3.9"],
    [">=3.8, !=3.9.0, <4.0", "3.8"],
    ["~=3.10", "3.10"],
    ["~=3.10.2", "3.10"],
    ["==3.11.*", "3.11"],
    ["^3.12", "3.12"],
    ["3.12.1", "3.12.1"],
    [">=3", "3"],
  ])("%s is %s", (range, version) => expect(versionOfRange(range)).toBe(version));

  it.each([
    "",
    "*",
    "x",
    "latest",
    "<21",
    "!=3.9",
    "18 || *",
    "github:a/b",
    ">=",
    "1.2.3.4.5 oops",
    "^99999999999",
  ])("%j has none", (range) => expect(versionOfRange(range)).toBeNull());

  it("is found quickly and without an exception, whatever is written", () => {
    const words = fc
      .array(fc.constantFrom(..."0129.xX*^~<>=!|- ,va+".split("")))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(words, fc.string({ maxLength: 400 })), (range) => {
        const version = versionOfRange(range);
        expect(version === null || /^\d[\w.+-]*$/.test(version)).toBe(true);
      }),
    );
    expect(versionOfRange(`${" ".repeat(1_000_000)}x`)).toBeNull();
  });
});
