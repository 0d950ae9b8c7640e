import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCidr } from "../../../src/host/addresses.ts";
import type { AddressInfo, RouteInfo } from "../../../src/host/host-ops.ts";
import { overlapsOf, relationOf } from "../../../src/host/overlap.ts";

const value = (bytes: Uint8Array) => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

describe("overlaps", () => {
  it("are what the first and last addresses say", () => {
    const range = fc.constantFrom(4, 16).chain((size) =>
      fc.record({
        bytes: fc
          .array(fc.constantFrom(0, 1, 128, 255), { minLength: size, maxLength: size })
          .map((list) => Uint8Array.from(list)),
        length: fc.nat(size * 8),
      }),
    );
    fc.assert(
      fc.property(range, range, (a, b) => {
        const ends = ({ bytes, length }: typeof a) => {
          const host = BigInt(bytes.length * 8 - length);
          const first = (value(bytes) >> host) << host;
          return [first, first + (1n << host) - 1n] as const;
        };
        const [[aFirst, aLast], [bFirst, bLast]] = [ends(a), ends(b)];
        const expected =
          a.bytes.length !== b.bytes.length || aLast < bFirst || bLast < aFirst
            ? null
            : a.length === b.length
              ? "equal"
              : bFirst <= aFirst && aLast <= bLast
                ? "covers"
                : "within";
        expect(relationOf(formatCidr(a.bytes, a.length), formatCidr(b.bytes, b.length))).toBe(expected);
      }),
    );
  });

  it("leave the default route out, and count an address as itself", () => {
    const route = { destination: "0.0.0.0/0", link: "eth0" } as RouteInfo;
    const address = { link: "eth0", cidr: "10.1.2.3/8", peer: null, scope: "global" } as AddressInfo;
    expect(overlapsOf("10.1.0.0/16", [route], [address])).toEqual([
      { cidr: "10.1.2.3/32", link: "eth0", by: "address", relation: "within" },
    ]);
    expect(overlapsOf("10.2.0.0/16", [route], [address])).toEqual([]);
  });
});
