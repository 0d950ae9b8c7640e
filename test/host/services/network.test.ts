import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NetworkAccess } from "../../../src/capabilities/network-access.ts";
import { makeNetworkAccess } from "../../../src/daemon/network-access.ts";
import type { VmRecord } from "../../../src/domain/vm.ts";
import type { HostOps } from "../../../src/host/host-ops.ts";
import { guestWays } from "../../../src/services/network/look-turns.ts";
import { HostNetwork } from "../../../src/services/network.ts";
import type { Logger } from "../../../src/shared/logger.ts";
import { UndoScope } from "../../../src/shared/undo.ts";
import type { State } from "../../../src/state/database.ts";
import { HostFile } from "../../../src/state/host-file.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { eventually } from "../../e2e/support/run.ts";
import { type Directory, directory, reservation, stateWithImage } from "../../unit/state/fixtures.ts";

const CIDR = "172.30.0.0/16";
const FIRST_UID = 2_147_352_576;

let host: HostOps;
let place: Directory;
let state: State & Disposable;
let network: HostNetwork;
let count: number;
const logged: unknown[] = [];
const logger: Logger = {
  ...{ debug: () => undefined, info: () => undefined },
  ...{ warn: (fields) => void logged.push(fields), error: (fields) => void logged.push(fields) },
};

beforeEach(() => {
  host = openReal();
  place = directory();
  state = stateWithImage();
  count = 0;
  logged.length = 0;
  network = daemonNetwork();
});
afterEach(async () => {
  for (const { slot } of state.vms.list()) await network.disconnect(`bgr${slot}`);
  await network.close();
  expect(linkNames()).toEqual(["lo"]);
  expect(existsSync(hostFile())).toBe(false);
  await host.close();
  state[Symbol.dispose]();
  place[Symbol.dispose]();
});

const hostFile = () => path.join(place.path, "host.json");

/** The network of a daemon on this state directory. */
function daemonNetwork(): HostNetwork {
  const uidOf = (slot: number) => FIRST_UID + slot;
  const pool = { size: 4, refillDelayMs: 0, idleMs: 2 ** 30, places: state.vms, uidOf, logger };
  return new HostNetwork(host, CIDR, new HostFile(host.file, hostFile()), { pool, ways: guestWays });
}

async function create(): Promise<VmRecord> {
  const vm = state.vms.reserve({ ...reservation(++count), places: network.readyPlaces });
  await network.claim(vm.slot);
  await network.connect({ slot: vm.slot, address: vm.address, uid: FIRST_UID + vm.slot });
  network.prepareNext();
  return vm;
}

const ip = (...args: string[]) => execFileSync("ip", args, { encoding: "utf8" });
function linkNames(): string[] {
  return (JSON.parse(ip("-j", "link")) as { ifname: string }[]).map(({ ifname }) => ifname).sort();
}
const filled = () => eventually(async () => network.readyPlaces.length === 4, "the pool is filled");
const sysctl = (name: string) => readFileSync(`/proc/sys/net/${name}`, "utf8").trim();

describe("the pool (NET-2)", () => {
  it("has TAPs that carry nothing: up, of their owner, held by nobody, with the way to the next VM", async () => {
    await create();
    await filled();
    expect(linkNames()).toEqual(["banger0", "bgr1", "bgr2", "bgr3", "bgr4", "bgr5", "lo"]);
    const [link] = JSON.parse(ip("-d", "-j", "link", "show", "bgr2"));
    expect(link.flags).toEqual(expect.arrayContaining(["UP", "NO-CARRIER"]));
    expect(link.linkinfo.info_data).toMatchObject({ type: "tap", persist: true, user: FIRST_UID + 2 });
    expect(sysctl("ipv6/conf/bgr2/disable_ipv6")).toBe("1");
    // What somebody sends there before its VM is there does not leave this host by another way.
    expect(ip("route", "get", "172.30.0.3")).toContain("dev bgr2 src 172.30.0.1");
    expect(ip("neigh", "show", "172.30.0.3")).toContain("lladdr 02:62:67:00:00:02");
  });

  it("hands one out as it is, is filled again, and lets twenty at once make what is missing", async () => {
    await create();
    await filled();
    const { index } = (await host.link.get("bgr2")) ?? {};
    expect((await create()).slot).toBe(2);
    expect((await host.link.get("bgr2"))?.index).toBe(index);
    await filled();
    await Promise.all(Array.from({ length: 20 }, create));
    await filled();
    const slots = state.vms.list().map(({ slot }) => slot);
    expect(slots.sort((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, at) => at + 1));
    for (const { slot, address } of state.vms.list())
      expect(ip("route", "get", address)).toContain(`dev bgr${slot} `);
    expect(linkNames()).toHaveLength(2 + 22 + 4);
  });

  it("deletes what VMs had, all in one, and a name is on disk until its TAP is gone", async () => {
    const vms = await Promise.all(Array.from({ length: 8 }, create));
    await filled();
    await Promise.all(vms.map(({ slot }) => network.disconnect(`bgr${slot}`)));
    const recorded = readFileSync(hostFile(), "utf8");
    const left = linkNames().filter((name) => vms.some(({ slot }) => name === `bgr${slot}`));
    for (const name of left) expect(recorded).toContain(`"${name}"`);
    for (const { id } of vms) state.vms.delete(id);
    await eventually(async () => linkNames().length === 2 + 4, "they are gone");
  });

  it("is swept by the daemon after one that was killed, and nothing of a VM is", async () => {
    const { slot, address } = await create();
    await filled();
    const { index } = (await host.link.get("bgr1")) ?? {};
    network = daemonNetwork();
    await network.restore();
    await network.adopt([{ slot, address, uid: FIRST_UID + slot }]);
    expect((await host.link.get("bgr1"))?.index).toBe(index);
    await filled();
    expect(linkNames()).toHaveLength(2 + 1 + 4);
    expect(await network.look()).toMatchObject({ restored: [], lost: [] });
  });
});

describe("what somebody changes while VMs run (NET-1)", () => {
  let access: NetworkAccess;
  let guest: { vm: VmRecord; paths: never; uid: number; gid: number };

  beforeEach(async () => {
    const record = new HostFile(host.file, path.join(place.path, "forwarding.json"));
    const { vms } = state;
    access = makeNetworkAccess({ host, cidr: CIDR, links: network, record, vms, logger });
    const vm = await create();
    guest = { vm, paths: undefined as never, uid: FIRST_UID + 1, gid: FIRST_UID + 1 };
    await access.beforeStart(guest, new UndoScope());
    await access.afterStart(guest);
    await create();
    expect((await network.look()).restored).toEqual([]);
  });
  afterEach(() => access.close(0));

  /** What is of the two guests, and of the gateway. */
  const lines = (text: string) => text.split("\n").filter((line) => /bgr[12] |banger0/.test(line));
  const state4 = () => ({
    routes: lines(ip("route")).sort(),
    neighbours: lines(ip("neigh", "show", "nud", "permanent")).sort(),
    addresses: lines(ip("-br", "addr"))
      .map((line) => line.split(/\s+/)[2])
      .sort(),
    up: lines(ip("-o", "link")).map((line) => line.includes("UP")),
    settings: ["forwarding", "arp_filter"].map((key) => sysctl(`ipv4/conf/bgr1/${key}`)),
    ipv6: sysctl("ipv6/conf/bgr1/disable_ipv6"),
  });

  it.each([
    ["route deleted", "ip route del 172.30.0.2"],
    ["route replaced", "ip route replace 172.30.0.2 dev bgr2"],
    ["neighbour deleted", "ip neigh del 172.30.0.2 dev bgr1"],
    ["neighbour changed", "ip neigh replace 172.30.0.2 dev bgr1 lladdr 02:00:00:00:00:99"],
    ["TAP down", "ip link set bgr1 down"],
    ["anchor down", "ip link set banger0 down"],
    ["address deleted", "ip addr del 172.30.0.1/32 dev banger0"],
    ["anchor deleted", "ip link del banger0"],
    ["all routes flushed", "ip route flush table main"],
    ["all neighbours flushed", "ip neigh flush all nud permanent"],
    ["forwarding switched on and off", "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.ip_forward=0"],
    ["ARP for all", "sysctl -qw net.ipv4.conf.bgr1.arp_filter=0"],
    ["IPv6", "sysctl -qw net.ipv6.conf.bgr1.disable_ipv6=0"],
  ])("%s: it is back", async (_, command) => {
    const before = state4();
    execFileSync("sh", ["-c", command]);
    expect(state4()).not.toEqual(before);
    await eventually(async () => JSON.stringify(state4()) === JSON.stringify(before), "it is as it was");
    await eventually(async () => logged.length > 0, "it is said");
    expect(logged).toContainEqual({ restored: expect.arrayContaining([expect.any(String)]) });
  });

  it("a TAP that is deleted under its VM is said to be lost, once", async () => {
    ip("link", "del", "bgr1");
    await eventually(async () => network.isLost("bgr1"), "it is noticed");
    await eventually(async () => logged.length > 0, "it is said");
    expect(logged).toEqual([{ links: ["bgr1"] }]);
    expect(network.isLost("bgr2")).toBe(false);
  });

  it("nothing is said, and nothing done, where nothing was changed", async () => {
    writeFileSync("/proc/sys/net/ipv4/conf/lo/forwarding", "0");
    for (let look = 0; look < 3; look++)
      expect(await network.look()).toMatchObject({ restored: [], lost: [] });
    expect(logged).toEqual([]);
  });
});
