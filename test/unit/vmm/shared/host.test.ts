import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tunProblem, virtualisationOf } from "../../../../src/vmm/shared/host.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "vmm-host-"));
});
afterEach(() => rm(directory, { recursive: true }));

it("names what mends a host without TAPs", async () => {
  const device = path.join(directory, "tun");
  expect(await tunProblem(device)).toMatchObject({ code: "ERR_NO_TUN", next: "`modprobe tun`" });
  await writeFile(device, "");
  expect(await tunProblem(device)).toBeNull();
});

it.each([
  ["flags\t\t: fpu vmx lm\n", "vmx"],
  ["model name : svm\nflags : fpu svm\n", "svm"],
  ["flags : fpu nosvm lm\nvmx flags : vnmi\n", null],
])("%j shows %s", (cpuinfo, feature) => {
  expect(virtualisationOf(cpuinfo)).toBe(feature);
});
