import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressBytes, addressText } from "../../../../src/shared/nft/address.ts";
import { isRange, rangeBytes, rangePart } from "../../../../src/shared/nft/range.ts";
import { NFT_TYPES, type NftType } from "../../../../src/shared/nft/types.ts";
import { bytesValue, valueBytes } from "../../../../src/shared/nft/value.ts";

const TYPES = Object.keys(NFT_TYPES) as NftType[];

describe("values of nftables", () => {
  it.each(TYPES.filter((type) => type !== "ifname"))("%s: any bytes are a value, and come back", (type) => {
    const { bytes } = NFT_TYPES[type];
    fc.assert(
      fc.property(fc.uint8Array({ minLength: bytes, maxLength: bytes }), (value) => {
        expect(valueBytes(type, bytesValue(type, value))).toEqual(value);
      }),
    );
  });

  it("has names where there are some", () => {
    const names = (type: NftType, ...values: (string | number)[]) =>
      values.map((value) => bytesValue(type, valueBytes(type, value)));
    expect(names("inet_proto", "tcp", 6, 99)).toEqual(["tcp", "tcp", 99]);
    expect(names("ct_state", "established,related", 2, 6, 0, 256)).toEqual([
      ...["established,related", "established", "established,related"],
      ...[0, 256],
    ]);
    expect(names("ifname", "bgr0", "fifteen-letters")).toEqual(["bgr0", "fifteen-letters"]);
    expect(names("ether_addr", "02:AB:00:00:00:01")).toEqual(["02:ab:00:00:00:01"]);
    expect([...valueBytes("inet_service", 0x1234), ...valueBytes("mark", 0x1234)]).toEqual([
      0x12, 0x34, 0x34, 0x12, 0, 0,
    ]);
  });

  it.each([
    ...([
      ["ipv4_addr", "10.0.0"],
      ["ipv4_addr", "10.0.0.256"],
      ["ipv4_addr", "::1"],
      ["ipv6_addr", "fe80::1%eth0"],
    ] as const),
    ...([
      ["ether_addr", "02:00:00:00:00"],
      ["inet_service", 65536],
      ["inet_service", -1],
      ["inet_service", 1.5],
    ] as const),
    ...([
      ["inet_proto", "tpc"],
      ["inet_proto", "toString"],
      ["ifname", ""],
      ["ifname", "sixteen-letters-"],
      ["ifname", 7],
    ] as const),
    ...([
      ["mark", 2 ** 32],
      ["ct_state", "established,open"],
      ["ether_addr", Uint8Array.of(1)],
    ] as const),
  ] as const)("refuses %s %s", (type, value) => {
    expect(() => valueBytes(type, value)).toThrow(expect.objectContaining({ code: "ERR_HOST_INVALID" }));
  });

  it("writes IPv6 as URLs do, and reads it back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(), (random, zeros) => {
        const bytes = random.map((byte, i) => (((zeros >> i) & 1) === 1 ? 0 : byte));
        const text = addressText(bytes);
        expect(new URL(`http://[${text}]`).hostname).toBe(`[${text}]`);
        expect(addressBytes(text)).toEqual(bytes);
      }),
    );
    expect(addressText(addressBytes("::ffff:10.0.0.1") as Uint8Array)).toBe("::ffff:a00:1");
    expect([addressBytes("::"), addressBytes("::1")].map((bytes) => bytes?.at(-1))).toEqual([0, 1]);
  });

  it("ranges come back as the shortest that says them", () => {
    const part = (type: NftType, given: Parameters<typeof rangeBytes>[1]) =>
      rangePart(type, rangeBytes(type, given));
    expect(part("ipv4_addr", "10.1.2.3/8")).toBe("10.0.0.0/8");
    expect(part("ipv4_addr", { from: "10.0.0.0", to: "10.255.255.255" })).toBe("10.0.0.0/8");
    expect([part("ipv4_addr", "10.1.2.3/32"), part("ipv4_addr", "0.0.0.0/0")]).toEqual([
      "10.1.2.3",
      "0.0.0.0/0",
    ]);
    expect(part("ipv6_addr", "fe80::1/10")).toBe("fe80::/10");
    expect(part("inet_service", { from: 80, to: 90 })).toEqual({ from: 80, to: 90 });
    expect([isRange("ifname", "a/8"), isRange("ipv4_addr", "10.0.0.1")]).toEqual([false, false]);
    for (const [type, range] of [
      ["ipv4_addr", "10.0.0.0/33"],
      ["mark", { from: 1, to: 2 }],
    ] as const) {
      expect(() => rangeBytes(type, range)).toThrow(expect.objectContaining({ code: "ERR_HOST_INVALID" }));
    }
    const address = fc.nat({ max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(address, address, (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)].map((each) =>
          valueBytes(
            "ipv4_addr",
            bytesValue("ipv4_addr", Uint8Array.of(each >>> 24, each >>> 16, each >>> 8, each)),
          ),
        );
        const range = { from: from as Uint8Array, to: to as Uint8Array };
        expect(rangeBytes("ipv4_addr", rangePart("ipv4_addr", range))).toEqual(range);
      }),
    );
  });
});
