import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";

const [LINK, OTHER] = ["bgri0", "bgri1"];

describe.each(hosts)("address, route and neighbour in full ($name)", ({ open }) => {
  const host = open();
  beforeEach(async () => {
    for (const name of [LINK, OTHER]) {
      await host.tap.create({ name, ownerUid: 1, ipv6: true });
      await host.link.setUp(name, true);
    }
    await host.address.add(LINK, "10.55.0.1/24");
    await host.address.add(LINK, "fd55::1/64", { noDuplicateDetection: true });
  });
  afterEach(() => host.link.deleteMany([LINK, OTHER]));
  afterAll(() => host.close());

  const routes = async (family: 4 | 6, table?: number) =>
    (await host.route.list({ family, ...(table === undefined ? {} : { table }) })).filter(({ destination }) =>
      /^(10\.|fd)/.test(destination),
    );

  it("adds and deletes addresses of both families, again too", async () => {
    await host.address.add(LINK, "10.55.0.1/24");
    await host.address.add(LINK, "fd55:0:0:0::1/64");
    expect(await host.address.list(LINK)).toEqual([
      { link: LINK, cidr: "10.55.0.1/24", peer: null, scope: "global" },
    ]);
    const six = await host.address.list(LINK, 6);
    expect(six.filter(({ scope }) => scope === "global")).toEqual([
      { link: LINK, cidr: "fd55::1/64", peer: null, scope: "global" },
    ]);
    for (const cidr of ["10.55.0.1/24", "fd55::1/64"]) {
      await host.address.delete(LINK, cidr);
      await host.address.delete(LINK, cidr);
    }
    expect(await host.address.list(LINK)).toEqual([]);
    expect((await host.address.list(LINK, 6)).map(({ cidr }) => cidr)).not.toContain("fd55::1/64");
    await host.address.delete("bgri9", "10.55.0.1/24");
  });

  it("takes a peer and a scope, and no route with it where it is told so", async () => {
    await host.address.add(OTHER, "10.56.0.1/32", { peer: "10.56.0.2", scope: "link" });
    await host.address.add(OTHER, "10.57.0.1/24", { noPrefixRoute: true });
    expect(await host.address.list(OTHER)).toEqual(
      expect.arrayContaining([
        { link: OTHER, cidr: "10.56.0.1/32", peer: "10.56.0.2", scope: "link" },
        { link: OTHER, cidr: "10.57.0.1/24", peer: null, scope: "global" },
      ]),
    );
    const there = (await routes(4)).map(({ destination }) => destination);
    expect(there).toContain("10.55.0.0/24");
    expect(there).not.toContain("10.57.0.0/24");
    await host.address.delete(OTHER, "10.56.0.1/32", { peer: "10.56.0.2" });
    expect((await host.address.list(OTHER)).map(({ cidr }) => cidr)).toEqual(["10.57.0.1/24"]);
  });

  it("refuses IPv6 on a link where it is off", async () => {
    await host.link.writeSysctl({ family: 6, link: OTHER, key: "disable_ipv6" }, 1);
    await expectHostError(host.address.add(OTHER, "fd56::1/64"), "ERR_HOST_PERMISSION", "EACCES");
  });

  it("routes by a gateway, whose link it finds itself", async () => {
    await host.route.add({ destination: "10.60.0.0/16", gateway: "10.55.0.9", metric: 50 });
    await host.route.add({ destination: "10.60.0.0/16", gateway: "10.55.0.9", metric: 50 });
    await host.route.add({ destination: "fd60::/64", gateway: "fd55::9", link: LINK });
    await host.route.add({ destination: "fd60::/64", gateway: "fd55:0::9", link: LINK });
    expect(await routes(4)).toContainEqual({
      destination: "10.60.0.0/16",
      link: LINK,
      gateway: "10.55.0.9",
      source: null,
      table: 254,
      metric: 50,
      scope: "global",
      type: "unicast",
      protocol: "static",
    });
    expect(await routes(6)).toContainEqual(
      expect.objectContaining({ destination: "fd60::/64", link: LINK, gateway: "fd55::9", metric: 1024 }),
    );
    await host.route.delete({ destination: "10.60.0.0/16", metric: 50 });
    await host.route.delete({ destination: "fd60::/64" });
    expect((await routes(4)).map(({ destination }) => destination)).not.toContain("10.60.0.0/16");
    expect((await routes(6)).map(({ destination }) => destination)).not.toContain("fd60::/64");
  });

  it("keeps metrics and tables apart", async () => {
    const route = { destination: "10.61.0.0/16", link: LINK };
    await host.route.add(route);
    await host.route.add({ ...route, metric: 10 });
    await host.route.add({ ...route, table: 4711, link: OTHER });
    expect(await routes(4, 4711)).toMatchObject([{ destination: "10.61.0.0/16", link: OTHER, table: 4711 }]);
    expect((await routes(4)).filter(({ destination }) => destination === "10.61.0.0/16")).toHaveLength(2);
    expect((await routes(4, 0)).filter(({ destination }) => destination === "10.61.0.0/16")).toHaveLength(3);
    expect(await routes(4, 4712)).toEqual([]);
    await host.route.delete({ ...route, table: 4711 });
    expect(await routes(4, 4711)).toHaveLength(1);
    await host.route.delete({ ...route, table: 4711, link: OTHER });
    expect(await routes(4, 4711)).toEqual([]);
  });

  it("replaces a route, or makes it", async () => {
    await host.route.replace({ destination: "10.62.0.0/16", link: LINK });
    await host.route.replace({ destination: "10.62.0.0/16", link: OTHER });
    expect(await routes(4)).toContainEqual(
      expect.objectContaining({ destination: "10.62.0.0/16", link: OTHER }),
    );
    expect((await routes(4)).filter(({ destination }) => destination === "10.62.0.0/16")).toHaveLength(1);
    await expectHostError(
      host.route.add({ destination: "10.62.0.0/16", link: LINK }),
      "ERR_HOST_EXISTS",
      "EEXIST",
    );
  });

  it("drops what a blackhole leads to", async () => {
    await host.route.add({ destination: "10.63.0.0/16", type: "blackhole" });
    await host.route.add({ destination: "fd63::/64", type: "unreachable" });
    expect(await routes(4)).toContainEqual(
      expect.objectContaining({ destination: "10.63.0.0/16", type: "blackhole", link: null, gateway: null }),
    );
    expect(await routes(6)).toContainEqual(
      expect.objectContaining({ destination: "fd63::/64", type: "unreachable" }),
    );
    await host.route.delete({ destination: "10.63.0.0/16", type: "blackhole" });
    await host.route.delete({ destination: "fd63::/64", type: "unreachable" });
    expect((await routes(4)).map(({ destination }) => destination)).not.toContain("10.63.0.0/16");
  });

  it("says in the kernel's words why a gateway is none", async () => {
    const error = await expectHostError(
      host.route.add({ destination: "10.64.0.0/16", gateway: "10.99.0.1", link: LINK }),
      "ERR_HOST_INVALID",
      "ENETUNREACH",
    );
    expect(error.detail).toBe("Nexthop has invalid gateway");
    expect(error.message).toContain(error.detail);
    await host.route.add({ destination: "10.64.0.0/16", gateway: "10.99.0.1", link: LINK, onLink: true });
    await host.route.delete({ destination: "10.64.0.0/16" });
    await expectHostError(
      host.route.add({ destination: "fd64::/64", gateway: "fd99::1", link: LINK }),
      "ERR_HOST_INVALID",
      "EHOSTUNREACH",
    );
    for (const route of [
      { destination: "10.64.0.1/16", link: LINK },
      { destination: "fd64::1/64", link: LINK },
      { destination: "10.64.0.0/16", gateway: "fd55::9" },
      { destination: "fd64::/64", link: LINK, source: "10.55.0.1" },
      { destination: "fd64::/129", link: LINK },
      { destination: "fd64::%lo/64", link: LINK },
    ])
      await expectHostError(host.route.add(route), "ERR_HOST_INVALID", "EINVAL");
  });

  it("finds what a range meets", async () => {
    await host.route.add({ destination: "10.65.0.0/16", link: OTHER });
    await host.route.add({ destination: "0.0.0.0/0", gateway: "10.55.0.9" });
    const route = (cidr: string, link: string) => ({ cidr, link, by: "route" });
    expect(await host.route.overlaps("10.65.0.0/16")).toEqual([
      { ...route("10.65.0.0/16", OTHER), relation: "equal" },
    ]);
    expect(await host.route.overlaps("10.65.3.0/24")).toEqual([
      { ...route("10.65.0.0/16", OTHER), relation: "covers" },
    ]);
    expect(await host.route.overlaps("10.55.0.0/16")).toEqual([
      { ...route("10.55.0.0/24", LINK), relation: "within" },
      { cidr: "10.55.0.1/32", link: LINK, by: "address", relation: "within" },
    ]);
    expect(await host.route.overlaps("10.66.0.0/16")).toEqual([]);
    expect((await host.route.overlaps("fd55::/32")).map(({ by, relation }) => ({ by, relation }))).toEqual([
      { by: "route", relation: "within" },
      { by: "address", relation: "within" },
    ]);
    await expectHostError(host.route.overlaps("10.66.0.0"), "ERR_HOST_INVALID", "EINVAL");
  });

  it("lists and deletes neighbours of both families", async () => {
    await host.neighbour.set({ link: LINK, address: "10.55.0.7", mac: "02:00:00:00:00:07" });
    await host.neighbour.set({ link: LINK, address: "fd55:0::7", mac: "02:00:00:00:00:08" });
    await host.neighbour.set({ link: LINK, address: "fd55::7", mac: "02:00:00:00:00:09" });
    const permanent = { link: LINK, state: "permanent" };
    expect(await host.neighbour.list(LINK)).toEqual([
      { ...permanent, address: "10.55.0.7", mac: "02:00:00:00:00:07" },
    ]);
    expect(await host.neighbour.list(undefined, 6)).toEqual([
      { ...permanent, address: "fd55::7", mac: "02:00:00:00:00:09" },
    ]);
    expect(await host.neighbour.list(OTHER)).toEqual([]);
    for (const address of ["10.55.0.7", "10.55.0.7", "fd55::7"])
      await host.neighbour.delete({ link: LINK, address });
    await host.neighbour.delete({ link: "bgri9", address: "10.55.0.7" });
    expect(await host.neighbour.list(LINK)).toEqual([]);
    expect(await host.neighbour.list(LINK, 6)).toEqual([]);
  });
});
