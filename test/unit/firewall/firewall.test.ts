import { beforeEach, describe, expect, it } from "vitest";
import { Firewall } from "../../../src/firewall/firewall.ts";
import type { Member } from "../../../src/firewall/member.ts";
import { type FakeHostOps, openFakeHostOps } from "../../../src/host/fake/index.ts";
import { silentLogger } from "../../../src/shared/logger.ts";

const MAIN = { family: "inet", name: "banger" } as const;
const GUARD = { family: "inet", name: "banger-guard" } as const;
const network = { cidr: "172.30.0.0/16", gateway: "172.30.0.1" };

let fake: FakeHostOps;
let firewall: Firewall;

beforeEach(() => {
  fake = openFakeHostOps();
  firewall = new Firewall({ nft: fake.nft, network, logger: silentLogger });
});

function guest(slot: number, other: Partial<Member> = {}): Member {
  const mac = `02:62:67:00:00:0${slot}`;
  return { tap: `bgr${slot}`, mac, address: `172.30.0.${slot}`, access: "public", peers: [], ...other };
}

const keys = async (set: string, table: typeof MAIN | typeof GUARD = MAIN) =>
  (await fake.nft.elements({ table, name: set })).map(({ key }) => key.join(" "));
const applied = () => fake.faults.calls.filter(({ operation }) => operation === "nft.apply").length;

describe("the packet rules of guests (NET-3)", () => {
  it("take one element for a guest, and one transaction for a change", async () => {
    await firewall.admit(guest(2));
    const before = applied();
    await firewall.admit(guest(3));
    expect(applied()).toBe(before + 1);
    for (const table of [MAIN, GUARD]) {
      expect(await keys("guests", table)).toEqual([
        "bgr2 02:62:67:00:00:02 172.30.0.2",
        "bgr3 02:62:67:00:00:03 172.30.0.3",
      ]);
    }
    await firewall.dismiss("bgr2");
    expect(applied()).toBe(before + 2);
    expect(await keys("guests")).toEqual(["bgr3 02:62:67:00:00:03 172.30.0.3"]);
    await firewall.dismiss("bgr2");
    expect(applied()).toBe(before + 2);
  });

  it("know nothing of a guest without a network", async () => {
    await firewall.admit(guest(2, { access: "none" }));
    expect(await keys("guests")).toEqual([]);
  });

  it("keep a pair as long as one of the two wants it", async () => {
    await firewall.admit(guest(2, { peers: ["172.30.0.3"] }));
    await firewall.admit(guest(3, { peers: ["172.30.0.2", "172.30.0.2"] }));
    const both = ["172.30.0.2 172.30.0.3", "172.30.0.3 172.30.0.2"];
    expect(await keys("peers")).toEqual(both);
    await firewall.admit(guest(2));
    expect(await keys("peers")).toEqual(both);
    await firewall.dismiss("bgr3");
    expect(await keys("peers")).toEqual([]);
  });

  it("are made anew when a change of them fails: somebody flushed them in between", async () => {
    await firewall.admit(guest(2));
    await fake.nft.apply([{ op: "delete-table", table: MAIN }]);
    await firewall.admit(guest(3, { peers: ["172.30.0.2"] }));
    expect(await keys("guests")).toHaveLength(2);
    expect(await keys("peers")).toHaveLength(2);
    expect(await firewall.repair()).toBe(false);
  });

  it("say what is wrong when they cannot be made, and can be when it is not any more", async () => {
    fake.faults.fail("nft.apply", { errnoCode: "ENOMEM" });
    await expect(firewall.admit(guest(2))).rejects.toMatchObject({ errnoCode: "ENOMEM" });
    await firewall.dismiss("bgr2");
    await firewall.admit(guest(3));
    expect(await keys("guests")).toEqual(["bgr3 02:62:67:00:00:03 172.30.0.3"]);
  });

  it("do without the guard where the kernel has no tables of one's own", async () => {
    fake.faults.fail("nft.apply", { errnoCode: "EOPNOTSUPP" });
    await firewall.admit(guest(2));
    expect((await fake.nft.tables()).map(({ name }) => name)).toEqual(["banger"]);
    await firewall.admit(guest(3));
    expect(await firewall.repair()).toBe(false);
    await firewall.close();
    expect(await fake.nft.tables()).toEqual([]);
  });

  it("bound a guest's connections in one table, unless the kernel cannot count them", async () => {
    const bound = async (table: typeof MAIN | typeof GUARD) => {
      const rules = await fake.nft.rules({ table, name: "allowed" });
      return rules.flatMap(({ expressions }) => expressions).filter(({ type }) => type === "dynset");
    };
    await firewall.admit(guest(2));
    const state = { type: "connlimit", count: 4096, over: true };
    const counted = { type: "dynset", op: "add", set: "connections", from: 0, state };
    // It is not counted for a moment once it has too many.
    const late = { type: "dynset", op: "add", set: "too-many", from: 0, timeoutMs: 10n };
    expect(await bound(MAIN)).toEqual([counted, late]);
    expect(await bound(GUARD)).toEqual([]);
    expect(await keys("connections")).toEqual([]);
    await firewall.close();
    // The guard, then the other.
    fake.faults.fail("nft.apply", { errnoCode: "EOPNOTSUPP", after: 1 });
    await firewall.admit(guest(3));
    expect(await bound(MAIN)).toEqual([]);
    expect(await keys("guests")).toHaveLength(2);
    await firewall.admit(guest(4));
    expect(await firewall.repair()).toBe(false);
  });

  it("of guests that run already come all at once", async () => {
    await firewall.adopt([guest(2), guest(3, { peers: ["172.30.0.2"] })], ["eth0"]);
    expect(await keys("opened")).toEqual(["eth0"]);
    expect(applied()).toBe(2);
    expect(await keys("guests")).toHaveLength(2);
  });

  it("of a daemon before are gone where no guest runs", async () => {
    await firewall.admit(guest(2));
    // It went with its owner.
    await fake.nft.apply([{ op: "delete-table", table: GUARD }]);
    await new Firewall({ nft: fake.nft, network, logger: silentLogger }).close();
    expect(await fake.nft.tables()).toEqual([]);
  });

  it("of another daemon that runs stay as they are, and no guest is let in beside them", async () => {
    const other = new Firewall({ nft: fake.nft, network, logger: silentLogger });
    expect(await other.isAnothers()).toBe(false);
    await firewall.admit(guest(2));
    const before = applied();
    expect([await firewall.isAnothers(), await other.isAnothers()]).toEqual([false, true]);
    await expect(other.admit(guest(3))).rejects.toMatchObject({
      code: "ERR_ANOTHER_DAEMON",
      next: expect.stringMatching(/daemon stop/),
    });
    await other.close();
    expect(applied()).toBe(before);
    expect(await keys("guests")).toHaveLength(1);
  });

  it("fence the links that forward because of us, before guests and after", async () => {
    await firewall.fence(["eth0"]);
    expect(applied()).toBe(0);
    await firewall.admit(guest(2));
    expect(await keys("opened")).toEqual(["eth0"]);
    await firewall.fence(["eth0", "wlan0"]);
    await firewall.fence(["wlan0"]);
    for (const table of [MAIN, GUARD]) expect(await keys("opened", table)).toEqual(["wlan0"]);
  });
});
