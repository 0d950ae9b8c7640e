import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";
import { filled, Ground, recorded, slots, soon } from "./support/ground.ts";

describe("what others do to the pool", () => {
  it("passes over a name that is another's, and forgets that it wanted it", async () => {
    using ground = new Ground();
    await ground.host.tap.create({ name: "bgr3", ownerUid: 70_003 });
    const network = ground.network();
    await ground.create(network);
    await filled(network, 2, 4, 5, 6);
    expect(recorded(ground)).not.toContain("bgr3");
    expect(ground.taps()).toContain(3);
    // A VM that has the slot all the same is refused as it was before.
    await expect(network.claim(3)).rejects.toMatchObject({ code: "ERR_TAP_TAKEN" });
    expect(ground.taps()).toContain(3);
  });

  it("hands out none that was deleted, replaced, given away or set down", async () => {
    using ground = new Ground();
    const network = ground.network({ refillDelayMs: 50 });
    await ground.create(network);
    await filled(network, 2, 3, 4, 5);
    const { link, tap, route } = ground.host;
    await link.delete("bgr2");
    await link.setUp("bgr3", false);
    await tap.set("bgr4", { ownerUid: 1 });
    for (const slot of [2, 3]) {
      expect((await ground.create(network)).slot).toBe(slot);
      expect((await link.get(`bgr${slot}`))?.up).toBe(true);
      expect((await route.list()).some((each) => each.link === `bgr${slot}`)).toBe(true);
    }
    await expect(ground.create(network)).rejects.toMatchObject({ code: "ERR_TAP_TAKEN" });
  });

  it("survives a kernel that makes no TAP for a while", async () => {
    using ground = new Ground();
    const network = ground.network();
    ground.host.faults.fail("tap.create", { errnoCode: "ENOMEM", after: 1 });
    await ground.create(network);
    await soon(() => expect(ground.calls()).toContain("tap.create bgr2"));
    expect(slots(network)).toEqual([]);
    await ground.create(network);
    await filled(network, 3, 4, 5, 6);
  });

  it("gives a VM its address where slots and addresses are not in step", async () => {
    using ground = new Ground();
    const network = ground.network();
    await ground.create(network);
    await filled(network, 2, 3, 4, 5);
    // As after a change of `network_cidr`: a slot beyond the pool, with the address of one in it.
    await network.claim(50);
    await network.connect({ slot: 50, address: "172.30.0.4", uid: 70_050 });
    expect(ground.host.kernel.routes.filter((each) => each.destination === "172.30.0.4/32")).toEqual([
      expect.objectContaining({ link: "bgr50" }),
    ]);
  });
});

describe("a daemon that starts", () => {
  it("deletes what one before it left, but what running VMs have and what is another's", async () => {
    const host = openFakeHostOps();
    using ground = new Ground(host);
    const killed = ground.network();
    const vm = await ground.create(killed);
    await ground.create(killed);
    await filled(killed, 3, 4, 5, 6);
    // Others have come by these names since: one is of another owner, one is in use.
    await host.tap.set("bgr4", { ownerUid: 4 });
    const used = host.kernel.links.get("bgr5");
    if (used !== undefined) used.info.operState = "up";
    const next = ground.network();
    await next.restore();
    await next.adopt([
      { ...vm, uid: 70_001 },
      { slot: 2, address: "172.30.0.3", uid: 70_002 },
    ]);
    expect(ground.taps()).toEqual([1, 2, 4, 5]);
    await filled(next, 3, 6, 7, 8);
    await killed.closePool();
  });

  it("is in no one's way when nothing was left", async () => {
    using ground = new Ground();
    const network = ground.network();
    await network.adopt([]);
    expect(ground.taps()).toEqual([]);
    expect(existsSync(ground.hostFile)).toBe(false);
  });
});
