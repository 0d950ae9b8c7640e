import { describe, expect, it } from "vitest";
import { NetworkAccess, type NetworkAccessOptions } from "../../../src/capabilities/network-access.ts";

describe("who may ask our resolver for names of the world (NET-3, NET-4)", () => {
  const members = [
    { address: "172.30.0.2", access: "public" },
    { address: "172.30.0.3", access: "full" },
    { address: "172.30.0.4", access: "none" },
  ];
  const access = new NetworkAccess({ firewall: { members } } as unknown as NetworkAccessOptions);

  it.each([
    ["172.30.0.2", true],
    ["172.30.0.3", true],
    ["172.30.0.4", false],
    ["172.30.0.5", false],
  ])("%s: %s", (address, may) => expect(access.mayResolve(address)).toBe(may));
});
