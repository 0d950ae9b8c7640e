import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openReal } from "../../contract/support/hosts.ts";

const ADDON = path.resolve(import.meta.dirname, "../../../build/native/banger.node");

describe("TAP, seen from outside", () => {
  const host = openReal();
  afterAll(() => host.close());

  it("is persistent, owned, single-queue, with a virtio-net header, and without IPv6", async () => {
    const tap = await host.tap.create({ name: "bgrt0", ownerUid: 614_001 });
    try {
      await host.link.setUp("bgrt0", true);
      const shown = execFileSync("ip", ["-d", "link", "show", "bgrt0"], { encoding: "utf8" });
      expect(shown).toContain("tun type tap pi off vnet_hdr on persist on user 614001");
      expect(shown).not.toContain("multi_queue");
      expect(shown).toContain(tap.mac);
      expect(readFileSync("/proc/sys/net/ipv6/conf/bgrt0/disable_ipv6", "utf8")).toBe("1\n");
      expect(execFileSync("ip", ["-6", "address", "show", "dev", "bgrt0"], { encoding: "utf8" })).toBe("");
    } finally {
      await host.link.delete("bgrt0");
    }
  });

  it("counts what went through it, sees routes and neighbours as ip(8) does", async () => {
    await host.tap.create({ name: "bgrt0", ownerUid: 0 });
    try {
      await host.link.setUp("bgrt0", true);
      await host.address.add("bgrt0", "172.30.0.1/32");
      await host.route.add({ destination: "172.30.0.2/32", link: "bgrt0", source: "172.30.0.1" });
      await host.neighbour.set({ link: "bgrt0", address: "172.30.0.2", mac: "02:00:00:00:00:07" });
      const ip = (...args: string[]) => execFileSync("ip", args, { encoding: "utf8" }).trim();
      expect(ip("route", "show", "dev", "bgrt0")).toMatch(
        /^172\.30\.0\.2 proto static scope link src 172\.30\.0\.1/,
      );
      expect(ip("neighbour", "show", "dev", "bgrt0")).toBe("172.30.0.2 lladdr 02:00:00:00:00:07 PERMANENT");
      execFileSync("ip", ["route", "add", "10.99.0.0/16", "via", "172.30.0.2", "dev", "bgrt0", "onlink"]);
      execFileSync("ip", ["route", "add", "blackhole", "10.98.0.0/16"]);
      expect(await host.route.list()).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ destination: "10.99.0.0/16", link: "bgrt0", gateway: "172.30.0.2" }),
          expect.objectContaining({
            destination: "10.98.0.0/16",
            link: null,
            gateway: null,
            type: "blackhole",
          }),
        ]),
      );
      execFileSync("ip", ["route", "delete", "blackhole", "10.98.0.0/16"]);
    } finally {
      await host.link.delete("bgrt0");
    }
  });

  it("lists 1,000 links whole, while others come and go, and deletes them at once", async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `bgru${index}`);
    await Promise.all(names.map((name) => host.tap.create({ name, ownerUid: 1 })));
    const churn = (async () => {
      for (let index = 0; index < 20; index += 1) {
        await host.tap.create({ name: "bgrx", ownerUid: 1 });
        await host.link.delete("bgrx");
      }
    })();
    for (let index = 0; index < 20; index += 1) {
      const found = await host.link.list("bgru");
      expect(new Set(found.map(({ name }) => name)).size).toBe(1_000);
    }
    await churn;
    await host.link.deleteMany(names);
    expect(await host.link.list("bgru")).toEqual([]);
  });

  it("is refused to whom it does not belong", async () => {
    const script = `
      require(${JSON.stringify(ADDON)}).tapInspect("bgrt0").then((state) => console.log("attached", state.vnetHeaderBytes),
        (error) => console.log(error.errno, error.syscall, error.object));`;
    // Root's uid without CAP_NET_ADMIN: a user like any other, but one who may open /dev/net/tun everywhere.
    const limits = ["--bounding-set=-net_admin", "--inh-caps=-net_admin", process.execPath, "-e", script];
    const attach = () => execFileSync("setpriv", limits, { encoding: "utf8" }).trim();
    await host.tap.create({ name: "bgrt0", ownerUid: 614_001 });
    try {
      expect(attach()).toBe("-1 ioctl(TUNSETIFF) bgrt0");
      await host.tap.set("bgrt0", { ownerUid: 0 });
      expect(attach()).toBe("attached 10");
      await host.tap.set("bgrt0", { groupGid: 614_003 });
      expect(attach()).toBe("-1 ioctl(TUNSETIFF) bgrt0");
    } finally {
      await host.link.delete("bgrt0");
    }
  });
});
