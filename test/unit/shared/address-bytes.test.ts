import { isIPv4 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ipv4Bytes, macBytes } from "../../../src/shared/address-bytes.ts";

describe("IPv4 addresses", () => {
  it("are what node:net says they are", () => {
    const octet = fc.oneof(
      fc.integer({ min: 0, max: 260 }).map(String),
      fc.stringMatching(/^[0-9 .a+-]{0,4}$/),
    );
    fc.assert(
      fc.property(fc.array(octet, { minLength: 3, maxLength: 5 }), (octets) => {
        const text = octets.join(".");
        const numbers = Uint8Array.from(text.split("."), Number);
        expect(ipv4Bytes(text)).toEqual(isIPv4(text) ? numbers : null);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(["", ".", "1.2.3", "1.2.3.", "1.2.3.4.", ".1.2.3", "1..2.3", "01.2.3.4", "1.2.3.00", "1.2.3.256"])(
    "are not %j",
    (text) => expect(ipv4Bytes(text)).toBeNull(),
  );
});

describe("MAC addresses", () => {
  it("are six pairs of hexadecimal digits, of either case", () => {
    const bytes = Uint8Array.of(2, 0xab, 0xcd, 0xef, 0x10, 0x9f);
    expect(macBytes("02:ab:CD:eF:10:9f")).toEqual(bytes);
    fc.assert(
      fc.property(fc.string({ maxLength: 20, unit: fc.constantFrom(..."0123456789afAFgG:-") }), (text) => {
        const isOne = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text);
        expect(macBytes(text) !== null).toBe(isOne);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    "02:ab:cd:ef:10:9",
    "02-ab-cd-ef-10-9f",
    "02:ab:cd:ef:10:9f:",
    "0g:ab:cd:ef:10:9f",
    "02:ab:cd:ef:1:09f",
  ])("are not %j", (text) => expect(macBytes(text)).toBeNull());
});
