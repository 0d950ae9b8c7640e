import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  gatewayOf,
  ipv4ToNumber,
  networkWithout,
  numberToIpv4,
  overlaps,
  parseNetwork,
} from "../../../src/shared/ipv4.ts";

describe("IPv4 networks", () => {
  it("round-trips every address", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(numberToIpv4(ipv4ToNumber(address))).toBe(address);
      }),
    );
  });

  it("clears host bits and names the gateway", () => {
    expect(parseNetwork("172.30.5.9/16")).toEqual({ base: ipv4ToNumber("172.30.0.0"), prefix: 16 });
    expect(gatewayOf("172.30.0.0/16")).toBe("172.30.0.1");
  });

  it.each([
    ["172.30.0.0/16", "172.30.255.255/32", true],
    ["172.30.0.0/16", "172.16.0.0/12", true],
    ["172.30.0.0/16", "172.31.0.0/16", false],
    ["10.0.0.0/8", "192.168.1.0/24", false],
  ])("%s and %s overlap: %s", (a, b, expected) => {
    expect(overlaps(parseNetwork(a), parseNetwork(b))).toBe(expected);
    expect(overlaps(parseNetwork(b), parseNetwork(a))).toBe(expected);
  });

  it.each([
    ["172.16.0.0/12", "172.30.0.0/16", ["172.16.0.0/13", "172.24.0.0/14", "172.28.0.0/15", "172.31.0.0/16"]],
    ["10.0.0.0/8", "172.30.0.0/16", ["10.0.0.0/8"]],
    ["172.30.0.0/16", "172.30.0.0/16", []],
    ["172.30.4.0/24", "172.30.0.0/16", []],
    ["0.0.0.0/1", "127.255.255.255/32", null],
  ])("%s without %s", (cidr, hole, expected) => {
    const left = networkWithout(cidr, hole);
    if (expected !== null) expect(left).toEqual(expected);
    const size = (of: string[]) => of.reduce((sum, each) => sum + 2 ** (32 - parseNetwork(each).prefix), 0);
    const both = overlaps(parseNetwork(cidr), parseNetwork(hole));
    expect(size(left)).toBe(both ? Math.max(0, size([cidr]) - size([hole])) : size([cidr]));
    for (const each of left) expect(overlaps(parseNetwork(each), parseNetwork(hole))).toBe(false);
  });
});
