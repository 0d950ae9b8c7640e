import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dmTable, dmTargetStatus, dmUuid } from "../../../src/host/dm-table.ts";
import { HostError } from "../../../src/host/host-error.ts";
import type { DmTarget } from "../../../src/host/host-ops.ts";

const sectors = fc.bigInt({ min: 1n, max: 2n ** 40n });
const number = fc.nat({ max: 1 << 20 });
const device = fc.oneof(
  fc.tuple(fc.nat({ max: 4095 }), number).map(([major, minor]) => `${major}:${minor}`),
  fc.stringMatching(/^\/dev\/[A-Za-z0-9_./-]{1,40}$/),
);
const target: fc.Arbitrary<DmTarget> = fc.oneof(
  fc.record({
    type: fc.constant("linear" as const),
    lengthSectors: sectors,
    device,
    startSector: fc.bigInt({ min: 0n, max: 2n ** 40n }),
  }),
  fc.record({ type: fc.constantFrom("zero" as const, "error" as const), lengthSectors: sectors }),
  fc.record({
    type: fc.constant("snapshot" as const),
    lengthSectors: sectors,
    origin: device,
    cow: device,
    persistent: fc.boolean(),
    chunkSectors: fc.integer({ min: 3, max: 20 }).map((power) => 2 ** power),
  }),
  fc.record({ type: fc.constant("snapshot-origin" as const), lengthSectors: sectors, origin: device }),
);

/** A line's parameters as the kernel's parsers have them: words between blanks (drivers/md/dm-linear.c, dm-snap.c). */
function words(params: string): string[] {
  return params.split(" ").filter((word) => word !== "");
}

function expectedWords(from: DmTarget): string[] {
  if (from.type === "linear") return [from.device, String(from.startSector)];
  if (from.type === "snapshot")
    return [from.origin, from.cow, from.persistent ? "PO" : "N", String(from.chunkSectors)];
  return from.type === "snapshot-origin" ? [from.origin] : [];
}

describe("any table", () => {
  it("is lines that follow each other, each with the kernel's words for its target", () => {
    fc.assert(
      fc.property(fc.array(target, { minLength: 1, maxLength: 8 }), (table) => {
        let next = 0n;
        const lines = dmTable("x", table);
        expect(lines).toHaveLength(table.length);
        for (const [index, line] of lines.entries()) {
          const from = table[index] as DmTarget;
          expect([line.startSector, line.lengthSectors, line.type]).toEqual([
            next,
            from.lengthSectors,
            from.type,
          ]);
          expect(words(line.params)).toEqual(expectedWords(from));
          next += line.lengthSectors;
        }
      }),
    );
  });

  it("of any device's name is one word of its parameters, or ERR_HOST_INVALID", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `/${text}`),
        ),
        (name) => {
          try {
            const [line] = dmTable("x", [
              { type: "linear", lengthSectors: 1n, device: name, startSector: 7n },
            ]);
            expect(words(line?.params ?? "")).toEqual([name, "7"]);
          } catch (error) {
            expect(error).toMatchObject({ code: "ERR_HOST_INVALID" });
          }
        },
      ),
    );
  });
});

describe("any status", () => {
  const status = (params: string) =>
    dmTargetStatus({ startSector: 0n, lengthSectors: 8n, type: "snapshot", params });

  it("of a snapshot that has numbers is those numbers", () => {
    const count = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(count, count, count, (usedSectors, totalSectors, metadataSectors) => {
        const text = `${usedSectors}/${totalSectors} ${metadataSectors}`;
        expect(status(text)).toMatchObject({ fill: { usedSectors, totalSectors, metadataSectors } });
      }),
    );
  });

  it("says one thing at most", () => {
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[0-9/ ]{0,12}$/),
      fc.constantFrom("Invalid", "Overflow", "Merge failed", "Unknown"),
    );
    fc.assert(
      fc.property(text, (params) => {
        const found = status(params) as { fill: unknown; invalid: boolean; overflow: boolean };
        expect([found.fill !== null, found.invalid, found.overflow].filter(Boolean).length).toBeLessThan(2);
      }),
    );
  });
});

describe("any uuid and name", () => {
  it("fits the kernel's fields with its NUL, or is refused", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 140 });
    fc.assert(
      fc.property(text, fc.option(text, { nil: undefined }), (name, uuid) => {
        try {
          const found = dmUuid(uuid === undefined ? { name } : { name, uuid });
          expect(Buffer.byteLength(found)).toBeLessThan(129);
          expect(Buffer.byteLength(name)).toBeLessThan(128);
        } catch (error) {
          expect(error).toBeInstanceOf(HostError);
          expect(error).toMatchObject({ code: "ERR_HOST_INVALID" });
        }
      }),
    );
  });
});
