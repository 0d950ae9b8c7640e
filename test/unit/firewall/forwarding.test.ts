import { beforeEach, describe, expect, it } from "vitest";
import { Forwarding } from "../../../src/firewall/forwarding.ts";
import { type FakeHostOps, openFakeHostOps } from "../../../src/host/fake/index.ts";

let fake: FakeHostOps;
let recorded: readonly string[];
let forwarding: Forwarding;

beforeEach(async () => {
  fake = openFakeHostOps();
  recorded = [];
  forwarding = new Forwarding(fake, {
    readForwarding: async () => recorded,
    writeForwarding: async (links) => {
      recorded = links;
    },
  });
  for (const [index, name] of ["eth0", "vpn0", "bgr1"].entries()) {
    await fake.link.createDummy(name);
    await fake.address.add(name, `10.0.${index}.1/24`);
    await fake.link.setUp(name, true);
  }
  await fake.route.add({ destination: "0.0.0.0/0", link: "eth0", gateway: "10.0.0.254" });
});

const read = (link: string) => fake.link.readSysctl({ family: 4, link, key: "forwarding" });
const noFence = async () => undefined;
const routes = () => fake.route.list();

describe("forwarding for guests (NET-3)", () => {
  it("is on by the way to the internet, or by all ways, and off again at the end", async () => {
    await forwarding.openUplinks(false, await routes(), noFence);
    expect([await read("eth0"), await read("vpn0"), await read("bgr1")]).toEqual(["1", "0", "0"]);
    await forwarding.openUplinks(true, await routes(), noFence);
    expect([await read("eth0"), await read("vpn0"), await read("bgr1")]).toEqual(["1", "1", "0"]);
    expect(recorded).toEqual(["eth0", "vpn0"]);
    await forwarding.close();
    expect([await read("eth0"), await read("vpn0")]).toEqual(["0", "0"]);
    expect(recorded).toEqual([]);
  });

  it("stays as it is where it was on before", async () => {
    await fake.link.writeSysctl({ family: 4, link: "eth0", key: "forwarding" }, 1);
    await forwarding.openUplinks(false, await routes(), noFence);
    await forwarding.close();
    expect(await read("eth0")).toBe("1");
  });

  it("is left to who turns all links on meanwhile, as Docker does", async () => {
    const settings = new Map([
      ["all", "0"],
      ["eth0", "0"],
    ]);
    const link = {
      readSysctl: async (of: { link: string }) => settings.get(of.link) ?? "0",
      writeSysctl: async (of: { link: string }, value: string | number) =>
        void settings.set(of.link, String(value)),
    };
    const record = {
      readForwarding: async () => recorded,
      writeForwarding: async (links: readonly string[]) => {
        recorded = links;
      },
    };
    const ours = new Forwarding({ link }, record);
    await ours.openUplinks(false, await routes(), noFence);
    expect([settings.get("eth0"), recorded]).toEqual(["1", ["eth0"]]);
    settings.set("all", "1");
    await ours.openUplinks(false, await routes(), async (links) => expect(links).toEqual([]));
    expect(recorded).toEqual([]);
    await ours.close();
    expect(settings.get("eth0")).toBe("1");
  });

  it("is recorded and fenced before it is on", async () => {
    await forwarding.openUplinks(false, await routes(), async (links) => {
      expect(links).toEqual(["eth0"]);
      expect(recorded).toEqual(["eth0"]);
      expect(await read("eth0")).toBe("0");
    });
    expect(await read("eth0")).toBe("1");
  });

  it("does not mind a link that has gone", async () => {
    await forwarding.openUplinks(false, await routes(), noFence);
    await fake.link.delete("eth0");
    await forwarding.close();
    expect(recorded).toEqual([]);
  });
});
