import { describe, expect, it } from "vitest";
import type { RouteInfo } from "../../../src/host/host-ops.ts";
import { readRoute, sameRoute } from "../../../src/host/route-rules.ts";

const invalid = expect.objectContaining({ code: "ERR_HOST_INVALID" });

describe("routes", () => {
  it("have a scope and a metric of their kind unless given", () => {
    const main = { source: null, gateway: null, table: 254, type: "unicast" };
    expect(readRoute({ destination: "10.0.0.0/8", link: "a" })).toEqual({
      ...main,
      address: Uint8Array.of(10, 0, 0, 0),
      prefixLength: 8,
      metric: 0,
      scope: "link",
    });
    expect(readRoute({ destination: "10.0.0.0/8", gateway: "10.0.0.1" })).toMatchObject({
      scope: "global",
    });
    expect(readRoute({ destination: "10.0.0.0/8", type: "blackhole" })).toMatchObject({
      scope: "global",
    });
    expect(readRoute({ destination: "10.0.0.0/8", type: "local" })).toMatchObject({ scope: "host" });
    expect(readRoute({ destination: "fd00::/8", link: "a" })).toEqual({
      ...main,
      address: Uint8Array.of(0xfd, ...Array(15).fill(0)),
      prefixLength: 8,
      metric: 1024,
      scope: "global",
    });
    expect(readRoute({ destination: "0.0.0.0/0", gateway: "10.0.0.1", metric: 7, table: 9 })).toMatchObject({
      metric: 7,
      table: 9,
    });
  });

  it.each(["10.0.0.1/8", "10.0.0.128/24", "fd00::1/64", "0.0.0.1/0", "fd00::/7"])(
    "lead to networks, which %s is not",
    (destination) => expect(() => readRoute({ destination, link: "a" })).toThrow(invalid),
  );

  it("have their addresses as the kernel does", () => {
    const [gateway, source] = ["10.0.0.1", "10.0.0.2"];
    expect(readRoute({ destination: "0.0.0.0/0", gateway, source })).toMatchObject({
      gateway: Uint8Array.of(10, 0, 0, 1),
      source: Uint8Array.of(10, 0, 0, 2),
    });
  });

  it("are of one family", () => {
    expect(() => readRoute({ destination: "10.0.0.0/8", gateway: "fd00::1" })).toThrow(invalid);
    expect(() => readRoute({ destination: "fd00::/8", source: "10.0.0.1" })).toThrow(invalid);
  });

  it("are the same in any spelling, and else not", () => {
    const there: RouteInfo = {
      destination: "fd00:1::/64",
      link: "a",
      gateway: "fd00::1",
      source: null,
      table: 254,
      metric: 1024,
      scope: "global",
      type: "unicast",
      protocol: "static",
    };
    const asked = { destination: "fd00:1:0:0::/64", gateway: "fd00:0::1" };
    expect(sameRoute(asked, there)).toBe(true);
    expect(sameRoute({ ...asked, link: "a" }, there)).toBe(true);
    for (const other of [
      { link: "b" },
      { gateway: "fd00::2" },
      { source: "fd00::3" },
      { metric: 1 },
      { table: 1 },
      { type: "blackhole" as const },
    ])
      expect(sameRoute({ ...asked, ...other }, there)).toBe(false);
  });
});
