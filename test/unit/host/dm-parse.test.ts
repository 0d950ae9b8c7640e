import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dmTarget } from "../../../src/host/dm-parse.ts";
import { dmTable } from "../../../src/host/dm-table.ts";
import type { DmTarget } from "../../../src/host/host-ops.ts";

const lengthSectors = fc.bigInt({ min: 1n, max: 2n ** 40n });
const device = fc.oneof(
  fc.tuple(fc.nat(4095), fc.nat(1_048_575)).map(([major, minor]) => `${major}:${minor}`),
  fc.constantFrom("/dev/loop3", "/dev/dm-0", "/dev/disk/by-id/a:b"),
);
const target: fc.Arbitrary<DmTarget> = fc.oneof(
  fc.record({ type: fc.constantFrom("zero" as const, "error" as const), lengthSectors }),
  fc.record({
    type: fc.constant("linear" as const),
    lengthSectors,
    device,
    startSector: fc.bigInt({ min: 0n, max: 2n ** 63n }),
  }),
  fc.record({
    type: fc.constant("snapshot" as const),
    lengthSectors,
    origin: device,
    cow: device,
    persistent: fc.boolean(),
    chunkSectors: fc.integer({ min: 3, max: 15 }).map((power) => 2 ** power),
  }),
  fc.record({ type: fc.constant("snapshot-origin" as const), lengthSectors, origin: device }),
);

describe("a line of a table, read back", () => {
  it("is what it was written from", () => {
    fc.assert(
      fc.property(fc.array(target, { minLength: 1, maxLength: 8 }), (table) => {
        expect(dmTable("x", table).map(dmTarget)).toEqual(table);
      }),
    );
  });

  it("stays the kernel's words where ours would say something else", () => {
    const other = (type: string, params: string) => {
      expect(dmTarget({ startSector: 0n, lengthSectors: 8n, type, params })).toEqual({
        type: "other",
        target: type,
        lengthSectors: 8n,
        params,
      });
    };
    other("crypt", "aes-xts-plain64 :64:logon:key 0 7:0 0");
    other("snapshot", "253:0 7:1 P 8"); // writes go on being refused when it is full, but reads do too
    other("snapshot", "253:0 7:1 PO 8 2 discard_zeroes_cow discard_passdown_origin");
    other("linear", "7:0");
    other("linear", "7:0 -1");
    other("zero", "1");
    other("snapshot-origin", "253:0 253:1");
  });

  it("never fails, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("linear", "zero", "error", "snapshot", "snapshot-origin", "crypt"),
        fc.string(),
        (type, params) => {
          expect(dmTarget({ startSector: 0n, lengthSectors: 1n, type, params }).lengthSectors).toBe(1n);
        },
      ),
    );
  });
});
