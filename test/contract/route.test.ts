import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";

const LINK = "bgrr0";
const OTHER = "bgrr1";
const ROUTE = { destination: "172.30.0.2/32", link: LINK, source: "172.30.0.1" };

describe.each(hosts)("address, route and neighbour ($name)", ({ open }) => {
  const host = open();
  beforeEach(async () => {
    for (const name of [LINK, OTHER]) {
      await host.tap.create({ name, ownerUid: 1 });
      await host.link.setUp(name, true);
    }
    await host.address.add(LINK, "172.30.0.1/32");
  });
  afterEach(async () => {
    for (const name of [LINK, OTHER]) await host.link.delete(name);
  });
  afterAll(() => host.close());

  const ours = async () =>
    (await host.route.list()).filter((route) => route.destination.startsWith("172.30."));

  it("adds an address once and lists it, of all links and of one", async () => {
    await host.address.add(LINK, "172.30.0.1/32");
    expect(await host.address.list(LINK)).toMatchObject([{ link: LINK, cidr: "172.30.0.1/32" }]);
    expect(await host.address.list()).toContainEqual({
      link: LINK,
      cidr: "172.30.0.1/32",
      peer: null,
      scope: "global",
    });
    expect(await host.address.list(OTHER)).toEqual([]);
  });

  it("adds a route once, lists and deletes it, and deletes it again", async () => {
    await host.route.add(ROUTE);
    await host.route.add(ROUTE);
    expect(await ours()).toMatchObject([{ destination: "172.30.0.2/32", link: LINK, gateway: null }]);
    await host.route.delete(ROUTE);
    expect(await ours()).toEqual([]);
    await host.route.delete(ROUTE);
  });

  it("refuses a second route to the same destination by another link", async () => {
    await host.route.add(ROUTE);
    const error = await expectHostError(
      host.route.add({ ...ROUTE, link: OTHER }),
      "ERR_HOST_EXISTS",
      "EEXIST",
    );
    expect(error.syscall).toBe("netlink(RTM_NEWROUTE)");
    expect(error.object).toContain("172.30.0.2/32");
    expect(await ours()).toMatchObject([{ destination: "172.30.0.2/32", link: LINK, gateway: null }]);
  });

  it("a metric of 0 is a metric: that of no other is deleted, and IPv6 has its own for it", async () => {
    await host.route.add({ ...ROUTE, metric: 9 });
    await host.route.delete({ ...ROUTE, metric: 0 });
    expect(await ours()).toMatchObject([{ metric: 9 }]);
    await host.route.add({ ...ROUTE, metric: 0 });
    await host.route.delete({ ...ROUTE, metric: 0 });
    expect(await ours()).toMatchObject([{ metric: 9 }]);
    await host.link.writeSysctl({ family: 6, link: LINK, key: "disable_ipv6" }, 0);
    const route = { destination: "fd30::/64", link: LINK, metric: 0 };
    await host.route.add(route);
    await host.route.add(route);
    const there = async () =>
      (await host.route.list({ family: 6 })).filter(({ destination }) => destination === "fd30::/64");
    expect(await there()).toMatchObject([{ metric: 1024 }]);
    await host.route.delete(route);
    expect(await there()).toEqual([]);
  });

  it("refuses tables and metrics that are none", async () => {
    for (const part of [
      { table: 0 },
      { table: 2 ** 32 },
      { table: 1.5 },
      { metric: -1 },
      { metric: 2 ** 32 },
    ])
      await expectHostError(host.route.add({ ...ROUTE, ...part }), "ERR_HOST_INVALID", "EINVAL");
    expect(await ours()).toEqual([]);
  });

  it("a link takes its addresses and routes with it", async () => {
    await host.route.add(ROUTE);
    await host.link.delete(LINK);
    expect(await ours()).toEqual([]);
    expect(await host.address.list(LINK)).toMatchObject([]);
    await host.route.delete(ROUTE);
  });

  it("says what is wrong", async () => {
    await expectHostError(host.address.add("bgrr9", "172.30.0.1/32"), "ERR_HOST_NOT_FOUND", "ENODEV");
    await expectHostError(host.route.add({ ...ROUTE, link: "bgrr9" }), "ERR_HOST_NOT_FOUND", "ENODEV");
    await expectHostError(host.route.add({ ...ROUTE, source: "172.30.9.9" }), "ERR_HOST_INVALID", "EINVAL");
    await host.link.setUp(OTHER, false);
    await expectHostError(
      host.route.add({ destination: "172.30.0.3/32", link: OTHER }),
      "ERR_HOST_INVALID",
      "ENETDOWN",
    );
    for (const cidr of ["172.30.0.1", "172.30.0.1/33", "172.30.0/24", "172.30.0.256/32", "172.30.0.01/32"]) {
      await expectHostError(host.address.add(LINK, cidr), "ERR_HOST_INVALID", "EINVAL");
      await expectHostError(host.route.add({ ...ROUTE, destination: cidr }), "ERR_HOST_INVALID", "EINVAL");
    }
  });

  it("tells what no link can be called from one that is not there", async () => {
    for (const link of ["", "a/b", "n".repeat(16), "a b"]) {
      await expectHostError(host.address.add(link, "172.30.0.1/32"), "ERR_HOST_INVALID", "EINVAL");
      await expectHostError(host.route.add({ ...ROUTE, link }), "ERR_HOST_INVALID", "EINVAL");
      await expectHostError(host.route.delete({ ...ROUTE, link }), "ERR_HOST_INVALID", "EINVAL");
    }
  });

  it("sets a neighbour, again with another MAC, and not on a link that is not there", async () => {
    await host.neighbour.set({ link: LINK, address: "172.30.0.2", mac: "02:00:00:00:00:07" });
    await host.neighbour.set({ link: LINK, address: "172.30.0.2", mac: "02:00:00:00:00:08" });
    await expectHostError(
      host.neighbour.set({ link: "bgrr9", address: "172.30.0.2", mac: "02:00:00:00:00:07" }),
      "ERR_HOST_NOT_FOUND",
    );
    const nobody = host.neighbour.set({ link: LINK, address: "172.30.0.2", mac: "00:00:00:00:00:00" });
    await expectHostError(nobody, "ERR_HOST_INVALID", "EINVAL");
  });
});
