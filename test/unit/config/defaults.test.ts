import { expect, test } from "vitest";
import { readHostSize, resolveVmDefaults } from "../../../src/config/defaults.ts";

const NONE = { vcpu: null, memoryMib: null, diskSizeBytes: null, overlaySizeBytes: null };
const GIB = 1024 ** 3;

test.each([
  [1, 1],
  [7, 1],
  [8, 2],
  [64, 4],
])("of %i CPUs a VM gets %i", (cpus, vcpu) => {
  expect(resolveVmDefaults(NONE, { cpus, memoryBytes: 64 * GIB }).vcpu).toEqual({
    value: vcpu,
    from: "auto",
  });
});

test.each([
  [4, 1024],
  [8, 2048],
  [16, 2048],
  [24, 3072],
  [512, 8192],
])("of %i GiB a VM gets %i MiB", (gib, memoryMib) => {
  const { memoryMib: memory } = resolveVmDefaults(NONE, { cpus: 4, memoryBytes: gib * GIB });
  expect(memory).toEqual({ value: memoryMib, from: "auto" });
});

test("where the host cannot be read the values are built in", () => {
  expect(resolveVmDefaults(NONE, { cpus: null, memoryBytes: null })).toEqual({
    vcpu: { value: 2, from: "builtin" },
    memoryMib: { value: 2048, from: "builtin" },
    diskSizeBytes: { value: 8 * GIB, from: "builtin" },
    overlaySizeBytes: { value: 8 * GIB, from: "builtin" },
  });
});

test("config comes first, key by key", () => {
  const resolved = resolveVmDefaults(
    { ...NONE, vcpu: 3, overlaySizeBytes: GIB },
    { cpus: 16, memoryBytes: 64 * GIB },
  );
  expect(resolved).toMatchObject({
    vcpu: { value: 3, from: "config" },
    memoryMib: { value: 8192, from: "auto" },
    overlaySizeBytes: { value: GIB, from: "config" },
  });
});

test("this host can be read", () => {
  expect(readHostSize()).toEqual({ cpus: expect.any(Number), memoryBytes: expect.any(Number) });
});
