import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkLinkName,
  formatCidr,
  formatIp,
  formatIpv4,
  formatMac,
  parseCidr,
  parseIp,
  parseIpv4,
  parseIpv6,
  parseMac,
} from "../../../src/host/addresses.ts";

const invalid = expect.objectContaining({ code: "ERR_HOST_INVALID" });

describe("addresses", () => {
  it("reads what it writes", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.integer({ min: 0, max: 32 }),
        (bytes, length) => {
          expect(parseIpv4(formatIpv4(bytes))).toEqual(bytes);
          expect(parseCidr(formatCidr(bytes, length))).toEqual({ address: bytes, prefixLength: length });
        },
      ),
    );
  });

  it("reads nothing but four or sixteen bytes, or says ERR_HOST_INVALID", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9./]{0,20}$/)),
        (text) => {
          for (const parse of [parseIpv4, parseIpv6, parseIp, (value: string) => parseCidr(value).address]) {
            try {
              expect([4, 16]).toContain(parse(text).length);
            } catch (error) {
              expect(error).toEqual(invalid);
            }
          }
        },
      ),
    );
  });

  it.each(["1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.-4", " 1.2.3.4", "1.2.3.4\n", "0x1.2.3.4"])(
    "refuses the address %j",
    (text) => expect(() => parseIpv4(text)).toThrow(invalid),
  );

  it.each(["1.2.3.4", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/24/1", "1.2.3.4/+8"])(
    "refuses the network %j",
    (text) => expect(() => parseCidr(text)).toThrow(invalid),
  );

  it("reads what it writes of IPv6, and what the URL standard writes of it is the same", () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 16, maxLength: 16 }), fc.nat(128), (list, length) => {
        const bytes = Uint8Array.from(list);
        const text = formatIp(bytes);
        expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
        expect(parseIp(text)).toEqual(bytes);
        expect(parseCidr(formatCidr(bytes, length))).toEqual({ address: bytes, prefixLength: length });
      }),
    );
  });

  it.each([
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["FD00:0:0:0::1", "fd00::1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:0:0:2:3:0:0:4", "1::2:3:0:0:4"],
    ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
    ["::ffff:10.1.2.3", "::ffff:a01:203"],
  ])("writes %s as %s", (text, plain) => expect(formatIp(parseIp(text))).toBe(plain));

  it.each(["fe80::1%lo", "1::2::3", ":::", "12345::", "::/64", "1:2:3:4:5:6:7", "::10.1.2.256", "::g"])(
    "refuses the IPv6 address %j",
    (text) => expect(() => parseIp(text)).toThrow(invalid),
  );

  it("reads MACs that it writes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        bytes[0] = (bytes[0] ?? 0) & 0xfe;
        expect(parseMac(formatMac(bytes))).toEqual(bytes);
      }),
    );
  });

  it("reads MACs of single links only", () => {
    expect([...parseMac("02:00:00:00:0A:ff")]).toEqual([2, 0, 0, 0, 10, 255]);
    for (const text of [
      "01:00:00:00:00:00",
      "ff:ff:ff:ff:ff:ff",
      "02:00:00:00:00",
      "02-00-00-00-00-00",
      "",
    ]) {
      expect(() => parseMac(text)).toThrow(invalid);
    }
  });

  it("lets no name out of a sysctl's path, or be a pattern", () => {
    expect(checkLinkName("banger0")).toBe("banger0");
    for (const name of ["", ".", "..", "a/b", "tap%d", "a b", "a".repeat(16), "a:0", "ä"]) {
      expect(() => checkLinkName(name)).toThrow(invalid);
    }
  });
});
