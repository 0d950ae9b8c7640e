import { expect, it } from "vitest";
import { openHostOps } from "../../../../src/host/facade.ts";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";

const ROUTE = { destination: "10.0.0.2/32" };

/** A link that is up, with one of each, and the kernel that has them. */
async function linkWithAll() {
  const fake = openFakeHostOps();
  const host = openHostOps(fake);
  const link = await host.createDummy("bgr0");
  const neighbour = await link.setNeighbour("10.0.0.2", "02:00:00:00:00:02");
  const address = await link.addAddress("10.0.0.1/32");
  return { fake, host, link, made: [address, neighbour] };
}

it("what a link was given is given back after it got another name", async () => {
  const { fake, link, made } = await linkWithAll();
  await link.rename("bgr1");
  expect([fake.kernel.addresses, fake.kernel.neighbours]).toMatchObject([
    [{ link: "bgr1" }],
    [{ link: "bgr1" }],
  ]);
  await link.setUp(true);
  const route = await link.addRoute(ROUTE);
  expect(route.info).toEqual({ ...ROUTE, link: "bgr1" });
  for (const each of [...made, route]) await each.close();
  const { addresses, neighbours, routes } = fake.kernel;
  expect([addresses, neighbours, routes]).toEqual([[], [], []]);
});

it("what a link had where it was is not taken from where it is", async () => {
  const { fake, host, link, made } = await linkWithAll();
  await using netns = await host.createNetns("inner");
  await link.moveTo(netns);
  await link.addAddress("10.0.0.1/32");
  for (const each of made) await each.close();
  expect(fake.netns.kernelOf("inner")?.addresses).toMatchObject([{ cidr: "10.0.0.1/32" }]);
});
