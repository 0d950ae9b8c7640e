import { beforeEach, describe, expect, it } from "vitest";
import { Firewall } from "../../../src/firewall/firewall.ts";
import { Forwarding } from "../../../src/firewall/forwarding.ts";
import { Keeper } from "../../../src/firewall/keeper.ts";
import type { Member } from "../../../src/firewall/member.ts";
import { Openings } from "../../../src/firewall/openings.ts";
import { TapSettings } from "../../../src/firewall/tap-settings.ts";
import { type FakeHostOps, openFakeHostOps } from "../../../src/host/fake/index.ts";
import { silentLogger } from "../../../src/shared/logger.ts";

const network = { cidr: "172.30.0.0/16", gateway: "172.30.0.1" };
const MAIN = { family: "inet", name: "banger" } as const;

let fake: FakeHostOps;
let firewall: Firewall;
let keeper: Keeper;

beforeEach(() => {
  fake = openFakeHostOps();
  firewall = new Firewall({ nft: fake.nft, network, logger: silentLogger });
  const record = { readForwarding: async () => [], writeForwarding: async () => undefined };
  keeper = new Keeper({
    ...{ firewall, openings: new Openings(fake.nft, "172.30.0.1"), forwarding: new Forwarding(fake, record) },
    taps: new TapSettings(fake.link),
    links: { look: async () => ({ routes: [], restored: [], lost: [] }) },
    logger: silentLogger,
  });
});

function guest(slot: number, other: Partial<Member> = {}): Member {
  const mac = `02:62:67:00:00:0${slot}`;
  return { tap: `bgr${slot}`, mac, address: `172.30.0.${slot}`, access: "public", peers: [], ...other };
}

/** How often rules and elements were read while it looked. */
async function readings(): Promise<number> {
  const before = fake.faults.calls.length;
  await keeper.look();
  const calls = fake.faults.calls.slice(before).map(({ operation }) => operation);
  return calls.filter((each) => each === "nft.rules" || each === "nft.elements").length;
}

describe("looking after the packet rules (NET-3)", () => {
  it("reads them once, and not for changes of one's own", async () => {
    await firewall.admit(guest(2));
    expect(await readings()).toBeGreaterThan(0);
    await firewall.admit(guest(3, { peers: ["172.30.0.2"] }));
    await firewall.admit(guest(4, { access: "none" }));
    await firewall.fence(["eth0"]);
    await firewall.fence(["eth0"]);
    await firewall.unpeer("172.30.0.2");
    await firewall.dismiss("bgr3");
    await firewall.dismiss("bgr3");
    expect(await readings()).toBe(0);
  });

  it("reads them when somebody else changed anything, between changes of one's own too", async () => {
    await firewall.admit(guest(2));
    await readings();
    await firewall.admit(guest(3));
    await fake.nft.apply([{ op: "flush-chain", chain: { table: MAIN, name: "public" } }]);
    await firewall.admit(guest(4));
    expect(await readings()).toBeGreaterThan(0);
    expect((await fake.nft.rules({ table: MAIN, name: "public" })).length).toBeGreaterThan(0);
    // What it put back itself is nobody else's.
    expect(await readings()).toBe(0);
  });

  it("takes a change of its own that failed for nobody's", async () => {
    await firewall.admit(guest(2));
    await readings();
    fake.faults.fail("nft.apply", { errnoCode: "ENOBUFS" });
    await firewall.admit(guest(3));
    expect(await readings()).toBe(0);
    expect(await firewall.repair()).toBe(false);
  });

  it("reads them after each change where the kernel has no tables of one's own: a change may have been none", async () => {
    fake.faults.fail("nft.apply", { errnoCode: "EOPNOTSUPP" });
    await firewall.admit(guest(2));
    await readings();
    await firewall.admit(guest(3));
    expect(await readings()).toBeGreaterThan(0);
    expect(await readings()).toBe(0);
  });
});
