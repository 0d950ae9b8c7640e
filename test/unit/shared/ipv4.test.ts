import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gatewayOf, ipv4ToNumber, numberToIpv4, overlaps, parseNetwork } from "../../../src/shared/ipv4.ts";

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
});
