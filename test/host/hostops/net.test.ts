import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openReal } from "../../contract/support/hosts.ts";

const [TAP, BRIDGE, VETH, PEER] = ["bgrj0", "bgrjb", "bgrjv", "bgrjw"];

interface IpLink {
  ifname: string;
  ifindex: number;
  address: string;
  mtu: number;
  flags: string[];
  operstate: string;
  group: string;
  master?: string;
  link?: string;
  inet6_addr_gen_mode: string;
  linkinfo?: {
    info_kind?: string;
    info_data?: Record<string, unknown>;
    info_slave_data?: { isolated: boolean; state: string };
  };
  stats64: { rx: IpCounters; tx: IpCounters };
}

interface IpCounters {
  bytes: number;
  packets: number;
  errors: number;
  dropped: number;
}

function ip<T>(...args: string[]): T[] {
  const text = execFileSync("ip", ["-j", "-d", ...args], { encoding: "utf8" });
  return (JSON.parse(text) as T[]).filter((each) => Object.keys(each as object).length > 0);
}

describe("links, addresses, routes and neighbours are those that ip(8) sees", () => {
  const host = openReal();
  beforeAll(async () => {
    await host.tap.create({ name: TAP, ownerUid: 1234, groupGid: 99, ipv6: true });
    await host.link.createBridge(BRIDGE, { mac: "02:00:00:00:00:0b", mtu: 1400, group: 7, ipv6: true });
    await host.link.createVeth(VETH, { name: PEER }, { ipv6: true });
    await host.link.addPort(BRIDGE, VETH);
    await host.link.setIsolated(VETH, true);
    for (const link of [TAP, BRIDGE, VETH, PEER]) await host.link.setUp(link, true);
    await host.link.set(TAP, { ipv6AddressMode: "none" });
    await host.address.add(BRIDGE, "10.71.0.1/24");
    await host.address.add(TAP, "10.72.0.1/32", { peer: "10.72.0.2" });
    await host.address.add(BRIDGE, "fd71::1/64", { noDuplicateDetection: true });
    await host.route.add({ destination: "10.73.0.0/16", gateway: "10.71.0.9", metric: 5 });
    await host.route.add({ destination: "10.74.0.0/16", link: TAP, table: 1234 });
    await host.route.add({ destination: "10.75.0.0/16", type: "prohibit" });
    await host.route.add({ destination: "fd73::/64", gateway: "fd71::9" });
    await host.neighbour.set({ link: BRIDGE, address: "10.71.0.9", mac: "02:00:00:00:00:09" });
    await host.neighbour.set({ link: BRIDGE, address: "fd71::9", mac: "02:00:00:00:00:19" });
  });
  afterAll(async () => {
    await host.link.deleteMany([TAP, BRIDGE, VETH]);
    await host.route.delete({ destination: "10.75.0.0/16" });
    await host.close();
  });

  it("links", async () => {
    const seen = ip<IpLink>("-s", "link", "show");
    const nameOf = new Map(seen.map(({ ifindex, ifname }) => [ifindex, ifname]));
    const ours = await host.link.list("bgrj");
    expect(ours.map(({ name }) => name).sort()).toEqual([TAP, BRIDGE, VETH, PEER].sort());
    for (const link of ours) {
      const theirs = seen.find(({ ifname }) => ifname === link.name);
      expect(theirs).toMatchObject({
        ifindex: link.index,
        address: link.mac,
        mtu: link.mtu,
        operstate: link.operState.toUpperCase(),
        group: link.group === 0 ? "default" : String(link.group),
        inet6_addr_gen_mode: link.ipv6AddressMode,
        linkinfo: { info_kind: link.kind },
      });
      expect(theirs?.flags.includes("UP")).toBe(link.up);
      expect(theirs?.master).toBe(link.masterIndex === null ? undefined : nameOf.get(link.masterIndex));
      expect(theirs?.link).toBe(link.peerIndex === null ? undefined : nameOf.get(link.peerIndex));
      expect(theirs?.linkinfo?.info_slave_data?.isolated).toBe(link.port?.isolated);
      expect(theirs?.linkinfo?.info_slave_data?.state).toBe(link.port?.state);
      if (link.kind === "tun")
        expect(theirs?.linkinfo?.info_data).toMatchObject({
          type: "tap",
          pi: false,
          vnet_hdr: true,
          multi_queue: false,
          persist: true,
        });
      if (link.kind === "bridge") expect(theirs?.linkinfo?.info_data?.stp_state).toBe(0);
    }
  });

  it("counters", async () => {
    execFileSync("ip", ["address", "add", "10.71.0.2/24", "dev", PEER]);
    const socket = createSocket("udp4");
    await new Promise((resolve) => socket.send("asks by ARP for it", 9, "10.71.0.3", resolve));
    socket.close();
    // The kernel asks again meanwhile.
    await vi.waitFor(async () => {
      const ours = await host.link.get(PEER);
      const [theirs] = ip<IpLink>("-s", "link", "show", "dev", PEER);
      if (ours === null || theirs === undefined) throw new Error("it is gone");
      const { rx, tx } = theirs.stats64;
      const counted = ({ bytes, packets, errors, dropped }: IpCounters) =>
        [bytes, packets, errors, dropped].map(BigInt);
      expect([ours.rxBytes, ours.rxPackets, ours.rxErrors, ours.rxDropped]).toEqual(counted(rx));
      expect([ours.txBytes, ours.txPackets, ours.txErrors, ours.txDropped]).toEqual(counted(tx));
      expect(ours.txBytes).toBeGreaterThan(ours.txPackets);
      expect(ours.txPackets).toBeGreaterThan(0n);
    });
  });

  it("addresses", async () => {
    interface IpAddress {
      ifname: string;
      addr_info: { family: string; local: string; address?: string; prefixlen: number; scope: string }[];
    }
    for (const [family, name] of [
      [4, "inet"],
      [6, "inet6"],
    ] as const) {
      const seen = ip<IpAddress>("address", "show").flatMap(({ ifname, addr_info: all }) =>
        all
          .filter((each) => each.family === name)
          .map((each) => ({
            link: ifname,
            cidr: `${each.local}/${each.prefixlen}`,
            peer: each.address ?? null,
            scope: each.scope,
          })),
      );
      expect(await host.address.list(undefined, family)).toEqual(seen);
    }
  });

  it("routes of all tables", async () => {
    interface IpRoute {
      type?: string;
      dst: string;
      dev?: string;
      gateway?: string;
      prefsrc?: string;
      table?: string;
      metric?: number;
      scope?: string;
      protocol: string;
    }
    const tables: Record<string, number> = { main: 254, local: 255, default: 253 };
    for (const [family, bits] of [
      [4, 32],
      [6, 128],
    ] as const) {
      const any = family === 4 ? "0.0.0.0/0" : "::/0";
      const seen = ip<IpRoute>(`-${family}`, "route", "show", "table", "all").map((route) => ({
        destination:
          route.dst === "default" ? any : route.dst.includes("/") ? route.dst : `${route.dst}/${bits}`,
        link: route.dev ?? null,
        gateway: route.gateway ?? null,
        source: route.prefsrc ?? null,
        table: route.table === undefined ? 254 : (tables[route.table] ?? Number(route.table)),
        metric: route.metric ?? 0,
        type: route.type ?? "unicast",
        protocol: route.protocol,
        scope: route.scope ?? "global",
      }));
      expect(await host.route.list({ family, table: 0 })).toEqual(seen);
    }
  });

  it("neighbours", async () => {
    interface IpNeighbour {
      dst: string;
      dev: string;
      lladdr?: string;
      state: string[];
    }
    for (const family of [4, 6] as const) {
      const seen = ip<IpNeighbour>(`-${family}`, "neighbour", "show", "nud", "permanent").map((each) => ({
        link: each.dev,
        address: each.dst,
        mac: each.lladdr ?? null,
        state: each.state[0]?.toLowerCase(),
      }));
      const ours = await host.neighbour.list(undefined, family);
      expect(ours.filter(({ state }) => state === "permanent")).toEqual(seen);
      expect(seen).toHaveLength(1);
    }
  });

  it("sysctls", async () => {
    await host.link.writeSysctl({ family: 4, link: TAP, key: "rp_filter" }, 2);
    const args = ["-c", `cat /proc/sys/net/ipv4/conf/${TAP}/rp_filter`];
    expect(execFileSync("sh", args, { encoding: "utf8" })).toBe("2\n");
  });
});
