import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rangeBytes, rangePart } from "../../../../src/shared/nft/range.ts";
import { NFT_TYPES, type NftType } from "../../../../src/shared/nft/types.ts";
import { bytesValue, valueBytes } from "../../../../src/shared/nft/value.ts";

const types = Object.keys(NFT_TYPES) as NftType[];
const ofLength = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe("any value", () => {
  it("of any type is read as what gives the same bytes", () => {
    const bytes = fc
      .constantFrom(...types.filter((type) => type !== "ifname"))
      .chain((type) => fc.tuple(fc.constant(type), ofLength(NFT_TYPES[type].bytes)));
    fc.assert(
      fc.property(bytes, ([type, value]) => {
        expect(valueBytes(type, bytesValue(type, value))).toEqual(value);
      }),
      { numRuns: 2000 },
    );
  });

  it("that has a name is told by it", () => {
    for (const type of types) {
      for (const [name, number] of Object.entries(NFT_TYPES[type].names ?? {})) {
        expect(valueBytes(type, name)).toEqual(valueBytes(type, number));
        expect(bytesValue(type, valueBytes(type, name))).toBe(name);
      }
    }
  });

  it("that is a link's name keeps it", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_.-]{1,15}$/), (name) => {
        expect(bytesValue("ifname", valueBytes("ifname", name))).toBe(name);
      }),
    );
  });

  it("is bytes of the type's length, or ERR_HOST_INVALID", () => {
    const value = fc.oneof(
      fc.string(),
      fc.ipV4(),
      fc.ipV6(),
      fc.integer(),
      fc.double(),
      fc.uint8Array({ maxLength: 17 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...types), value, (type, of) => {
        try {
          expect(valueBytes(type, of)).toHaveLength(NFT_TYPES[type].bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_HOST_INVALID" });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("any range", () => {
  it("is written so that it is read as the same, prefixes as prefixes", () => {
    const ends = fc
      .constantFrom("ipv4_addr" as const, "ipv6_addr" as const, "inet_service" as const)
      .chain((type) => {
        const bytes = ofLength(NFT_TYPES[type].bytes);
        return fc.tuple(fc.constant(type), bytes, bytes);
      });
    fc.assert(
      fc.property(ends, ([type, a, b]) => {
        const [from, to] = Buffer.compare(a, b) <= 0 ? [a, b] : [b, a];
        expect(rangeBytes(type, rangePart(type, { from, to }))).toEqual({ from, to });
      }),
    );
    fc.assert(
      fc.property(fc.ipV4(), fc.nat({ max: 31 }), (address, length) => {
        const range = rangeBytes("ipv4_addr", `${address}/${length}`);
        expect(rangePart("ipv4_addr", range)).toMatch(new RegExp(`/${length}$`));
        expect(rangeBytes("ipv4_addr", rangePart("ipv4_addr", range))).toEqual(range);
      }),
    );
  });
});
