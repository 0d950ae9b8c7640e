import { expect, it } from "vitest";
import { tooOld } from "../../../../src/vmm/firecracker/problems.ts";
import { compareVersions, parseVersion } from "../../../../src/vmm/firecracker/version.ts";

it.each([
  ["2026-11-21T05:46:55.408727801 [x:main] Running Firecracker v1.16.1\nmore", "1.16.1"],
  ["1.17.0", "1.17.0"],
  ["Firecracker v1.17.0-dev", "1.17.0"],
  ["Firecracker v1.16.1.2", null],
  ["", null],
  ["2026.11.21", "2026.11.21"],
])("reads the version of %j", (text, version) => {
  expect(parseVersion(text)).toBe(version);
});

it("compares numbers, not digits", () => {
  expect(compareVersions("1.9.9", "1.16.1")).toBeLessThan(0);
  expect(compareVersions("1.16.1", "1.16.1")).toBe(0);
  expect(compareVersions("2.0.0", "1.16.1")).toBeGreaterThan(0);
});

it("refuses what is older, or does not say, with a next step", () => {
  expect(tooOld("1.16.1", "/x")).toBeNull();
  expect(tooOld("1.30.0", "/x")).toBeNull();
  expect(tooOld("1.16.0", "/x")).toMatchObject({
    code: "ERR_FIRECRACKER_TOO_OLD",
    message: "/x is version 1.16.0, and banger needs 1.16.1 or newer",
    next: expect.stringContaining("firecracker_bin"),
  });
  expect(tooOld(null, "/x")).toMatchObject({ code: "ERR_FIRECRACKER_TOO_OLD" });
});
