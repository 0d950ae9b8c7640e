import { expect, it } from "vitest";
import { probeGuest } from "../../../../../src/vmm/shared/kvm/guest.ts";

it("the probe's guest is an ELF with a PVH entry that lies in it", () => {
  const elf = probeGuest();
  expect(elf.subarray(0, 6)).toEqual(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]));
  const [segment, note] = [64, 120];
  expect([elf.readUInt32LE(segment), elf.readUInt32LE(note)]).toEqual([1, 4]);
  expect(Number(elf.readBigUInt64LE(segment + 32))).toBe(elf.length);
  const entry = elf.readUInt32LE(Number(elf.readBigUInt64LE(note + 8)) + 16);
  expect(entry).toBe(elf.readUInt32LE(24));
  expect(entry).toBeLessThan(Number(elf.readBigUInt64LE(segment + 16)) + elf.length);
});
