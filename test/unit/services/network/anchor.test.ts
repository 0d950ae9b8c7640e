import { beforeEach, describe, expect, it } from "vitest";
import { type FakeHostOps, openFakeHostOps } from "../../../../src/host/fake/index.ts";
import type { HostNetwork } from "../../../../src/services/network.ts";
import { Ground, NEVER_MS } from "./support/ground.ts";

const GATEWAY = "172.30.0.1";

let ground: Ground;
let host: FakeHostOps;
let network: HostNetwork;

beforeEach(async () => {
  host = openFakeHostOps();
  ground = new Ground(host);
  network = ground.network({ refillDelayMs: NEVER_MS });
  await ground.create(network);
  return () => ground[Symbol.dispose]();
});

describe("the anchor of which somebody took something while nobody looked after it (NET-1)", () => {
  const changes: [string, () => Promise<void>][] = [
    ["its address", () => host.address.delete("banger0", `${GATEWAY}/32`)],
    ["itself", () => host.link.delete("banger0")],
  ];

  it.each(changes)("%s: it is made anew for the VMs that come, together", async (_, change) => {
    await change();
    const come = await Promise.all([ground.create(network), ground.create(network)]);
    expect(await network.look()).toMatchObject({ restored: [], lost: [] });
    const there = (await host.route.list()).map(({ destination }) => destination);
    expect(there).toEqual(expect.arrayContaining(come.map(({ address }) => `${address}/32`)));
    expect((await host.address.list("banger0")).map(({ cidr }) => cidr)).toEqual([`${GATEWAY}/32`]);
  });

  it("what else keeps a TAP from being made is told as it is", async () => {
    host.faults.fail("tap.create", { errnoCode: "EPERM" });
    await expect(ground.create(network)).rejects.toMatchObject({ errnoCode: "EPERM" });
  });
});
