import { beforeEach, describe, expect, it } from "vitest";
import type { VmRecord } from "../../../../src/domain/vm.ts";
import { type FakeHostOps, openFakeHostOps } from "../../../../src/host/fake/index.ts";
import type { HostNetwork } from "../../../../src/services/network.ts";
import { Ground, NEVER_MS } from "./support/ground.ts";

let ground: Ground;
let host: FakeHostOps;
let network: HostNetwork;
let vm: VmRecord;

beforeEach(async () => {
  host = openFakeHostOps();
  ground = new Ground(host);
  network = ground.network({ refillDelayMs: NEVER_MS });
  vm = await ground.create(network);
  await ground.create(network);
  return () => ground[Symbol.dispose]();
});

/** All that a guest needs of the host, as it is. */
function ways() {
  const { links, addresses, routes, neighbours } = host.kernel;
  const sorted = (list: readonly object[]) => list.map((each) => JSON.stringify(each)).sort();
  return {
    links: [...links.values()].map(({ info }) => `${info.name} ${info.up}`).sort(),
    ...{ addresses: sorted(addresses), routes: sorted(routes), neighbours: sorted(neighbours) },
  };
}

const GATEWAY = "172.30.0.1";
const ADDRESS = "172.30.0.2";
const way = { destination: `${ADDRESS}/32`, link: "bgr1" };

describe("what somebody changed (NET-1)", () => {
  const changes: [string, () => Promise<unknown>, string[]][] = [
    ["nothing", async () => undefined, []],
    ["a route was deleted", () => host.route.delete(way), [`route to ${ADDRESS}`]],
    [
      "a route was replaced by one that leads elsewhere",
      () => host.route.replace({ ...way, link: "bgr2" }),
      [`route to ${ADDRESS}`],
    ],
    [
      "a route stands behind another one of its metric",
      async () => {
        const [ours] = host.kernel.routes;
        if (ours !== undefined) host.kernel.routes.unshift({ ...ours, link: "bgr2" });
      },
      [`route to ${ADDRESS}`],
    ],
    ["a route has no source any more", () => host.route.replace(way), [`route to ${ADDRESS}`]],
    [
      "a neighbour entry was deleted",
      () => host.neighbour.delete({ link: "bgr1", address: ADDRESS }),
      [`neighbour ${ADDRESS}`],
    ],
    [
      "a neighbour entry was changed",
      () => host.neighbour.set({ link: "bgr1", address: ADDRESS, mac: "02:00:00:00:00:09" }),
      [`neighbour ${ADDRESS}`],
    ],
    [
      "a TAP was set down",
      () => host.link.setUp("bgr1", false),
      ["bgr1 up", `route to ${ADDRESS}`, `neighbour ${ADDRESS}`],
    ],
    ["the anchor was set down", () => host.link.setUp("banger0", false), ["banger0 up"]],
    [
      "the gateway's address was deleted",
      () => host.address.delete("banger0", `${GATEWAY}/32`),
      [`${GATEWAY}/32 on banger0`],
    ],
    [
      "the anchor was deleted, and the routes with its address",
      async () => {
        await host.link.delete("banger0");
        host.kernel.routes.length = 0;
      },
      ["banger0", `route to ${ADDRESS}`, "route to 172.30.0.3"],
    ],
  ];

  it.each(changes)("%s: it is as it was after one look", async (_, change, expected) => {
    const before = ways();
    await change();
    expect(await network.look()).toMatchObject({ restored: expected, lost: [] });
    expect(ways()).toEqual(before);
    expect(await network.look()).toMatchObject({ restored: [], lost: [] });
  });

  it("leaves alone a route that the kernel does not take", async () => {
    await host.route.add({ ...way, link: "bgr2", metric: 100 });
    const before = ways();
    expect((await network.look()).restored).toEqual([]);
    expect(ways()).toEqual(before);
  });

  it("goes on with the others where one cannot be restored", async () => {
    await host.link.setUp("bgr1", false);
    await host.link.setUp("bgr2", false);
    host.faults.fail("link.setUp", { errnoCode: "EPERM" });
    await expect(network.look()).rejects.toMatchObject({ errnoCode: "EPERM" });
    expect(await host.link.get("bgr2")).toMatchObject({ up: true });
    expect((await network.look()).restored).toContain("bgr1 up");
  });

  it("gives the host's routes to who asked for the look", async () => {
    expect((await network.look()).routes).toEqual(await host.route.list());
  });

  it("tells the gateway's user of an anchor that was made anew", async () => {
    const told: string[] = [];
    network.serveGateway({
      up: async ({ index }) => void told.push(`up ${index}`),
      down: async () => void told.push("down"),
    });
    await host.link.delete("banger0");
    await network.look();
    expect(told).toEqual([`up ${host.kernel.links.get("banger0")?.info.index}`]);
  });

  it("is seen to be gone by the look that finds routes gone, though it goes in the midst of it", async () => {
    const before = ways();
    host.faults.delay(10, "route.list");
    const looking = network.look();
    await host.address.delete("banger0", `${GATEWAY}/32`);
    host.kernel.routes.length = 0;
    expect((await looking).restored).toEqual([
      ...[`${GATEWAY}/32 on banger0`, `route to ${ADDRESS}`, "route to 172.30.0.3"],
    ]);
    expect(ways()).toEqual(before);
  });

  it("is tried again at the next look where it failed", async () => {
    await host.link.delete("banger0");
    host.faults.fail("link.createDummy", { errnoCode: "EBUSY" });
    await expect(network.look()).rejects.toMatchObject({ code: "ERR_HOST_BUSY" });
    expect((await network.look()).restored).toContain("banger0");
  });
});

describe("a TAP that was deleted under its VMM", () => {
  it("is told of once, is nothing that could be made anew, and well again after a restart", async () => {
    await host.link.delete("bgr1");
    expect(await network.look()).toMatchObject({ restored: [], lost: ["bgr1"] });
    expect(await network.look()).toMatchObject({ lost: [] });
    expect([network.isLost("bgr1"), network.isLost("bgr2")]).toEqual([true, false]);
    expect(ground.taps()).toEqual([2]);
    await network.disconnect("bgr1");
    await ground.start(network, vm);
    expect(network.isLost("bgr1")).toBe(false);
    expect(await network.look()).toMatchObject({ restored: [], lost: [] });
  });

  it("is known from another of its name", async () => {
    await host.link.delete("bgr1");
    await host.tap.create({ name: "bgr1", ownerUid: 70_001 });
    expect((await network.look()).lost).toEqual(["bgr1"]);
  });

  it("is found by the next daemon too", async () => {
    await host.link.delete("bgr1");
    const next = ground.network({ refillDelayMs: NEVER_MS });
    await next.restore();
    await next.adopt([
      { slot: 1, address: ADDRESS, uid: 70_001 },
      { slot: 2, address: "172.30.0.3", uid: 70_002 },
    ]);
    expect(await next.look()).toMatchObject({ restored: [], lost: ["bgr1"] });
    await host.route.delete({ destination: "172.30.0.3/32" });
    expect((await next.look()).restored).toEqual(["route to 172.30.0.3"]);
  });
});

it("a VM that ends while it is looked after is let go of", async () => {
  host.faults.delay(10, "neighbour.list");
  await host.link.setUp("bgr1", false);
  const looking = network.look();
  await network.disconnect("bgr1");
  expect(await looking).toMatchObject({ restored: [], lost: [] });
});

it("a VM that comes while others are looked after is not missed", async () => {
  host.faults.delay(10, "link.list");
  const looking = network.look();
  await ground.create(network);
  expect(await looking).toMatchObject({ restored: [], lost: [] });
});
