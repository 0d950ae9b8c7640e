import { expect, it } from "vitest";
import { openHostOps } from "../../../../src/host/facade.ts";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";

it("what is made in a namespace is an object too, and goes before it", async () => {
  const fake = openFakeHostOps();
  const host = openHostOps(fake);
  {
    await using netns = await host.createNetns("inner");
    await using tap = await netns.network.createTap({ name: "bgr0", ownerUid: 1 });
    await using table = await netns.network.createTable({ family: "inet", name: "t" });
    await tap.setUp(true);
    await using route = await netns.network.addRoute({ destination: "10.0.0.2/32", link: "bgr0" });
    const inside = fake.netns.kernelOf("inner");
    expect([...(inside?.tables.keys() ?? [])]).toEqual([`inet ${table.info.name}`]);
    expect(inside?.routes).toMatchObject([route.info]);
    expect([fake.kernel.links.has("bgr0"), fake.kernel.tables.size]).toEqual([false, 0]);
  }
  const released = fake.faults.calls.map(({ operation }) => operation).slice(-4);
  expect(released).toEqual(["route.delete", "nft.apply", "link.delete", "netns.delete"]);
});

it("a link is where it was moved to, and closing it deletes it there", async () => {
  const fake = openFakeHostOps();
  const host = openHostOps(fake);
  await using netns = await host.createNetns("inner");
  const link = await host.createDummy("bgr0");
  await link.moveTo(netns, "eth0");
  await link.setUp(true);
  const inside = fake.netns.kernelOf("inner");
  expect(inside?.links.get("eth0")?.info).toMatchObject({ kind: "dummy", up: true });
  expect([link.name, fake.kernel.links.has("bgr0")]).toEqual(["eth0", false]);
  await link.moveTo(host);
  expect(await link.inspect()).toMatchObject({ name: "eth0", up: false });
  await link.moveTo(netns);
  await link.close();
  expect([inside?.links.has("eth0"), fake.kernel.links.has("eth0")]).toEqual([false, false]);
});
