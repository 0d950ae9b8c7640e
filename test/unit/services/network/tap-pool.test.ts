import { setTimeout } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { HostNetwork } from "../../../../src/services/network.ts";
import { HostFile } from "../../../../src/state/host-file.ts";
import { reservation } from "../../state/fixtures.ts";
import { CIDR, filled, Ground, NEVER_MS, recorded, slots, soon } from "./support/ground.ts";

function beforeCreate({ host }: Ground, look: (name: string) => Promise<void>): void {
  const create = host.tap.create.bind(host.tap);
  vi.spyOn(host.tap, "create").mockImplementation(async (spec) => {
    await look(spec.name);
    return create(spec);
  });
}

describe("the pool of TAPs (NET-2)", () => {
  it("is empty until the first VM has come; then the next ones' are ready, whole, and each one's name was on disk before", async () => {
    using ground = new Ground();
    const network = ground.network();
    beforeCreate(ground, async (name) => {
      if (name !== "bgr1") expect(recorded(ground)).toContain(name);
    });
    expect(ground.taps()).toEqual([]);
    await ground.create(network);
    await filled(network, 2, 3, 4, 5);
    expect(ground.taps()).toEqual([1, 2, 3, 4, 5]);
    const link = await ground.host.link.get("bgr3");
    expect(link).toMatchObject({ up: true, tun: { ownerUid: 70_003 } });
    expect(ground.host.kernel.routes).toContainEqual(
      expect.objectContaining({ destination: "172.30.0.4/32", link: "bgr3", source: "172.30.0.1" }),
    );
    expect(ground.host.kernel.neighbours).toContainEqual(
      expect.objectContaining({ link: "bgr3", address: "172.30.0.4", mac: "02:62:67:00:00:03" }),
    );
  });

  it("hands one out without a change of the kernel, and is filled again", async () => {
    using ground = new Ground();
    const network = ground.network({ refillDelayMs: 5 });
    await ground.create(network);
    await filled(network, 2, 3, 4, 5);
    const before = ground.calls().length;
    expect(await ground.create(network)).toMatchObject({ slot: 2, address: "172.30.0.3" });
    expect(ground.calls().slice(before)).toEqual(["link.get bgr2"]);
    await filled(network, 3, 4, 5, 6);
  });

  it("lets creates beyond it make their own", async () => {
    using ground = new Ground();
    const network = ground.network();
    await ground.create(network);
    await filled(network, 2, 3, 4, 5);
    const vms = await Promise.all(Array.from({ length: 20 }, () => ground.create(network)));
    expect(vms.map(({ slot }) => slot)).toEqual(Array.from({ length: 20 }, (_, index) => index + 2));
    await filled(network, 22, 23, 24, 25);
    expect(ground.taps()).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
  });

  it("is not filled for a VM that has ended while its guest was waited for", async () => {
    using ground = new Ground();
    const network = ground.network({ idleMs: 0 });
    const vm = await ground.create(network);
    await filled(network, 2, 3, 4, 5);
    await ground.delete(network, vm);
    await soon(() => expect(ground.taps()).toEqual([]));
    network.prepareNext();
    await setTimeout(20);
    expect(ground.taps()).toEqual([]);
  });

  it("stays while the guest of a new VM is waited for, however long the last one has ended", async () => {
    using ground = new Ground();
    const network = ground.network({ idleMs: 100 });
    const first = await ground.create(network);
    await filled(network, 2, 3, 4, 5);
    await ground.delete(network, first);
    const { slot, address } = ground.state.vms.reserve({ ...reservation(9), places: network.readyPlaces });
    await network.claim(slot);
    await network.connect({ slot, address, uid: 70_000 + slot });
    await setTimeout(150);
    expect(slots(network)).toHaveLength(3);
  });

  it("takes none back: what a VM had is deleted, many at once, and a slot that is free again gets a new one", async () => {
    using ground = new Ground();
    const network = ground.network();
    const vms = [];
    for (let number = 0; number < 6; number++) vms.push(await ground.create(network));
    await filled(network, 7, 8, 9, 10);
    const index = ground.host.kernel.links.get("bgr2")?.info.index;
    const before = ground.calls().length;
    await Promise.all(vms.slice(1).map((vm) => ground.delete(network, vm)));
    expect(recorded(ground)).toEqual(expect.arrayContaining(["bgr2", "bgr6", "bgr7"]));
    await soon(() => expect(ground.taps()).toEqual([1, 7, 8, 9, 10]));
    const deletions = ground.calls().slice(before);
    expect(deletions.filter((call) => call.startsWith("link.delete")).length).toBeLessThanOrEqual(2);
    await soon(() => expect(recorded(ground)).not.toContain("bgr2"));
    for (const expected of [7, 8, 9, 10]) {
      expect((await ground.create(network)).slot).toBe(expected);
      if (expected === 7) await filled(network, 8, 9, 10, 2);
    }
    expect((await ground.create(network)).slot).toBe(2);
    expect(ground.host.kernel.links.get("bgr2")?.info.index).not.toBe(index);
  });

  it("makes a create wait for a TAP of its name that is just made, and takes it", async () => {
    using ground = new Ground();
    const network = ground.network();
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    beforeCreate(ground, async (name) => {
      if (name !== "bgr2") return;
      begun.resolve();
      await go.promise;
    });
    await ground.create(network);
    await begun.promise;
    const create = ground.create(network);
    go.resolve();
    expect((await create).slot).toBe(2);
    expect(ground.calls().filter((call) => call === "tap.create bgr2")).toHaveLength(1);
  });

  it("makes a start wait for a TAP of its name that is just deleted", async () => {
    using ground = new Ground();
    const network = ground.network({ refillDelayMs: NEVER_MS });
    const vm = await ground.create(network);
    const { index } = ground.host.kernel.links.get("bgr1")?.info ?? {};
    ground.host.faults.delay(20, "link.deleteMany");
    await network.disconnect("bgr1");
    expect(ground.taps()).toEqual([1]);
    await ground.start(network, vm);
    expect(ground.host.kernel.links.get("bgr1")?.info.index).not.toBe(index);
  });

  it("goes when no VM has run for a while, and comes with the next", async () => {
    using ground = new Ground();
    const network = ground.network({ idleMs: 20 });
    const vm = await ground.create(network);
    await filled(network, 2, 3, 4, 5);
    await ground.delete(network, vm);
    await soon(() => expect(ground.taps()).toEqual([]));
    await soon(() => expect(recorded(ground)).toEqual(["banger0"]));
    await ground.create(network);
    await filled(network, 2, 3, 4, 5);
  });

  it("goes with the daemon, whatever runs; a VM's own stays", async () => {
    using ground = new Ground();
    const network = ground.network();
    const vm = await ground.create(network);
    await filled(network, 2, 3, 4, 5);
    await network.closePool();
    expect(ground.taps()).toEqual([1]);
    await ground.delete(network, vm);
    await network.close();
    expect([...ground.host.kernel.links.keys()]).toEqual(["lo"]);
    expect(recorded(ground)).toEqual([]);
  });
});

it("a pool of none keeps none", async () => {
  using ground = new Ground();
  const network = ground.network({ size: 0 });
  const vm = await ground.create(network);
  await ground.create(network);
  expect(slots(network)).toEqual([]);
  await ground.delete(network, vm);
  await soon(() => expect(ground.taps()).toEqual([2]));
});

it("without a pool a TAP is made when it is asked for, and gone when it is let go of", async () => {
  using ground = new Ground();
  const network = new HostNetwork(ground.host, CIDR, new HostFile(ground.host.file, ground.hostFile));
  const vm = await ground.create(network);
  await ground.create(network);
  expect(ground.taps()).toEqual([1, 2]);
  await ground.delete(network, vm);
  expect(ground.taps()).toEqual([2]);
});
