import { describe, expect, it } from "vitest";
import { dmTable, dmTargetStatus, dmUuid } from "../../../src/host/dm-table.ts";
import type { DmTarget } from "../../../src/host/host-ops.ts";

describe("a table", () => {
  it("is lines without gaps, in the kernel's words", () => {
    const table: DmTarget[] = [
      { type: "linear", lengthSectors: 100n, device: "/dev/loop1", startSector: 8n },
      { type: "zero", lengthSectors: 50n },
      { type: "error", lengthSectors: 1n },
      {
        type: "snapshot",
        lengthSectors: 8n,
        origin: "253:0",
        cow: "/dev/loop2",
        persistent: true,
        chunkSectors: 8,
      },
      {
        type: "snapshot",
        lengthSectors: 8n,
        origin: "253:0",
        cow: "7:2",
        persistent: false,
        chunkSectors: 16,
      },
      { type: "snapshot-origin", lengthSectors: 8n, origin: "253:0" },
    ];
    expect(dmTable("x", table)).toEqual([
      { startSector: 0n, lengthSectors: 100n, type: "linear", params: "/dev/loop1 8" },
      { startSector: 100n, lengthSectors: 50n, type: "zero", params: "" },
      { startSector: 150n, lengthSectors: 1n, type: "error", params: "" },
      { startSector: 151n, lengthSectors: 8n, type: "snapshot", params: "253:0 /dev/loop2 PO 8" },
      { startSector: 159n, lengthSectors: 8n, type: "snapshot", params: "253:0 7:2 N 16" },
      { startSector: 167n, lengthSectors: 8n, type: "snapshot-origin", params: "253:0" },
    ]);
  });

  it("refuses devices and chunks that the kernel would read otherwise", () => {
    const linear = (device: string, startSector = 0n) =>
      dmTable("x", [{ type: "linear", lengthSectors: 1n, device, startSector }]);
    for (const device of ["", "7", "loop1", "7:1 0", "/dev/a b", "/dev/a\n", "/dev/a\\ b", "-1:2"]) {
      expect(() => linear(device), device).toThrow(/EINVAL/);
    }
    expect(() => linear("7:1", -1n)).toThrow(/EINVAL/);
    for (const chunkSectors of [0, 1, 4, 12, 8.5, -8, Number.NaN]) {
      const changes = { origin: "7:1", cow: "7:2", persistent: true, chunkSectors };
      expect(() => dmTable("x", [{ type: "snapshot", lengthSectors: 1n, ...changes }])).toThrow(/EINVAL/);
    }
  });
});

describe("a uuid", () => {
  it("is the name's unless given, and fits", () => {
    expect(dmUuid({ name: "bgr-1" })).toBe("BANGER-bgr-1");
    expect(dmUuid({ name: "bgr-1", uuid: "mine" })).toBe("mine");
    expect(() => dmUuid({ name: "n".repeat(127) })).toThrow(/ENAMETOOLONG/);
    expect(() => dmUuid({ name: "" })).toThrow(/EINVAL/);
    expect(() => dmUuid({ name: "a\0" })).toThrow(/EINVAL/);
    for (const uuid of ["x\0", 7 as never, null as never]) {
      expect(() => dmUuid({ name: "bgr-1", uuid })).toThrow(/EINVAL/);
    }
  });
});

describe("the status of a target", () => {
  const snapshot = (params: string) =>
    dmTargetStatus({ startSector: 0n, lengthSectors: 8n, type: "snapshot", params });
  const none = { type: "snapshot", lengthSectors: 8n, fill: null, invalid: false, overflow: false };

  it("is typed for a snapshot", () => {
    expect(snapshot("416/131072 16")).toEqual({
      ...none,
      fill: { usedSectors: 416n, totalSectors: 131072n, metadataSectors: 16n },
    });
    expect(snapshot("Invalid")).toEqual({ ...none, invalid: true });
    expect(snapshot("Merge failed")).toEqual({ ...none, invalid: true });
    expect(snapshot("Overflow")).toEqual({ ...none, overflow: true });
    expect(snapshot("Unknown")).toEqual(none);
  });

  it("is the kernel's text for the others", () => {
    const line = { startSector: 0n, lengthSectors: 8n, type: "linear", params: "anything" };
    expect(dmTargetStatus(line)).toEqual({ type: "linear", lengthSectors: 8n, text: "anything" });
  });
});
