import { describe, expect, it } from "vitest";
import type { RootDiskUsage } from "../../../src/domain/ports.ts";
import { rootDiskTrouble } from "../../../src/domain/root-disk.ts";

const GIB = 2 ** 30;
const fine: RootDiskUsage = {
  usedBytes: GIB,
  totalBytes: 8 * GIB,
  room: "snapshot",
  invalid: false,
  full: false,
  hostFreeBytes: 100 * GIB,
};

describe("what is wrong with a root disk (DSK-3)", () => {
  it.each([
    [fine, null],
    [{ ...fine, usedBytes: 0.8 * 8 * GIB }, "filling"],
    [{ ...fine, usedBytes: 0.79 * 8 * GIB }, null],
    [{ ...fine, usedBytes: 8 * GIB, full: true }, "full"],
    [{ ...fine, hostFreeBytes: GIB - 1 }, "host-full"],
    // It cannot grow by more than what is free.
    [{ ...fine, usedBytes: 6 * GIB, totalBytes: 6.5 * GIB, hostFreeBytes: 0.6 * GIB }, "filling"],
    [{ ...fine, invalid: true, hostFreeBytes: 0 }, "lost"],
    // How full the filesystem in a file is, its blocks do not tell.
    [{ ...fine, room: "file", usedBytes: 8 * GIB }, null],
    [{ ...fine, room: "file", hostFreeBytes: GIB - 1 }, "host-full"],
    // It has all its blocks.
    [{ ...fine, room: "file", usedBytes: 8 * GIB, hostFreeBytes: 0 }, null],
  ] as [RootDiskUsage, string | null][])("%j: %s", (usage, kind) => {
    expect(rootDiskTrouble(usage)?.kind ?? null).toBe(kind);
  });

  it("a full host costs a snapshot all, and a file what is written then", () => {
    const note = (room: RootDiskUsage["room"]) => rootDiskTrouble({ ...fine, room, hostFreeBytes: 0 })?.note;
    expect(note("snapshot")).toMatch(/all its changes are lost when/);
    expect(note("file")).toMatch(/what the guest writes fails when/);
  });
});
