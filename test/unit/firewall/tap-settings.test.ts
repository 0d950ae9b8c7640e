import { beforeEach, expect, it } from "vitest";
import { TapSettings } from "../../../src/firewall/tap-settings.ts";
import { type FakeHostOps, openFakeHostOps } from "../../../src/host/fake/index.ts";

const COUNT = 40;
let host: FakeHostOps;
let taps: TapSettings;

beforeEach(async () => {
  host = openFakeHostOps();
  taps = new TapSettings(host.link);
  for (let number = 1; number <= COUNT; number++) {
    await host.tap.create({ name: `bgr${number}`, ownerUid: 1, up: true });
    await taps.open(`bgr${number}`, number !== 2);
  }
});

const read = (link: string, key: string, family: 4 | 6 = 4) => host.link.readSysctl({ family, link, key });

it("a guest's link forwards as it was told, and answers ARP for itself alone", async () => {
  expect([await read("bgr1", "forwarding"), await read("bgr2", "forwarding")]).toEqual(["1", "0"]);
  expect(await read("bgr2", "arp_filter")).toBe("1");
  expect(await taps.repair()).toEqual([]);
});

it.each([
  [4, "arp_filter", 0],
  [4, "forwarding", 0],
  [6, "disable_ipv6", 0],
] as const)("IPv%i's %s is put back", async (family, key, value) => {
  await host.link.writeSysctl({ family, link: "bgr1", key }, value);
  expect(await taps.repair()).toEqual([`${key} of bgr1`]);
  expect(await read("bgr1", key, family)).toBe("1");
});

it("whoever clears all links' forwarding is found by the first that is asked, and all are put back by that look", async () => {
  for (let number = 1; number <= COUNT; number++)
    await host.link.writeSysctl({ family: 4, link: `bgr${number}`, key: "forwarding" }, 0);
  expect(await taps.repair()).toHaveLength(COUNT - 1);
  expect(await read("bgr2", "forwarding")).toBe("0");
});

it("one among many is found in its turn, and a look asks after no more than a few", async () => {
  await host.link.writeSysctl({ family: 4, link: `bgr${COUNT}`, key: "arp_filter" }, 0);
  const before = host.faults.calls.length;
  expect(await taps.repair()).toEqual([]);
  expect(host.faults.calls.length - before).toBeLessThanOrEqual(3 * 16);
  expect([...(await taps.repair()), ...(await taps.repair())]).toEqual([`arp_filter of bgr${COUNT}`]);
});

it("what is gone, or has ended, is nobody's concern", async () => {
  await host.link.delete("bgr1");
  await host.link.writeSysctl({ family: 4, link: "bgr3", key: "arp_filter" }, 0);
  taps.forget("bgr3");
  for (let look = 0; look < 4; look++) expect(await taps.repair()).toEqual([]);
  expect(await read("bgr3", "arp_filter")).toBe("0");
});

it("a VM of an earlier daemon is looked after likewise", async () => {
  const next = new TapSettings(host.link);
  next.adopt("bgr1", true);
  next.adopt("bgr2", false);
  await host.link.writeSysctl({ family: 4, link: "bgr1", key: "forwarding" }, 0);
  expect(await next.repair()).toEqual(["forwarding of bgr1"]);
});

it("what a VM may reach changes although somebody deleted its link", async () => {
  await host.link.delete("bgr1");
  await taps.open("bgr1", false);
  expect(await taps.repair()).toEqual([]);
  host.faults.fail("link.writeSysctl", { errnoCode: "EROFS" });
  await expect(taps.open("bgr2", true)).rejects.toMatchObject({ errnoCode: "EROFS" });
});
