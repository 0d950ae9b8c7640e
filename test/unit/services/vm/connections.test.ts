import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeNetworkAccess } from "../../../../src/daemon/network-access.ts";
import { type FakeHostOps, openFakeHostOps } from "../../../../src/host/fake/index.ts";
import { reconcileVms } from "../../../../src/services/vm/reconcile.ts";
import { silentLogger } from "../../../../src/shared/logger.ts";
import { World } from "./support/world.ts";

let world: World;
let fake: FakeHostOps;

beforeEach(() => {
  fake = openFakeHostOps({ reflinks: false });
  const record = { readForwarding: async () => [], writeForwarding: async () => undefined };
  const links = { look: async () => ({ routes: [], restored: [], lost: [] }) };
  const vms = { get: (id: string) => world.deps.store.get(id) };
  const given = { host: fake, cidr: "172.30.0.0/16", links, record, vms, logger: silentLogger };
  world = new World(fake, [makeNetworkAccess(given)]);
});
afterEach(() => world.close());

const create = async (name: string) => {
  await world.end(world.vms.create({ name }, { onClose: () => undefined }));
  return world.vms.find(name);
};
const track = (source: string) =>
  fake.kernel.connections.push({
    protocol: 6,
    original: { source, destination: "192.0.2.1", sourcePort: 1, destinationPort: 443 },
    reply: { source: "192.0.2.1", destination: "192.0.2.2", sourcePort: 443, destinationPort: 1 },
  });
const left = () => fake.kernel.connections.map(({ original }) => original.source);

describe("connections of a VM that is gone (NET-3)", () => {
  it("are gone before another VM has its address", async () => {
    const first = await create("first");
    track(first.address);
    await world.end(world.vms.delete(["first"], true));
    expect(left()).toEqual([]);
    expect((await create("second")).address).toBe(first.address);
    await world.end(world.vms.delete(["second"], true));
  });

  it("that cannot be forgotten now keep its address from others", async () => {
    const first = await create("first");
    track(first.address);
    fake.faults.fail("conntrack.delete", { errnoCode: "ENOBUFS", times: 2 });
    await world.end(world.vms.delete(["first"], true));
    const second = await create("second");
    expect(second.address).not.toBe(first.address);
    expect(left()).toEqual([first.address]);
    await world.end(world.vms.delete(["first", "second"], true));
    expect(left()).toEqual([]);
    expect(world.left()).toEqual([]);
  });

  it("whose end no daemon saw are forgotten by the next one", async () => {
    const { id, address } = await create("first");
    track(address);
    const pid = world.deps.machines.get(id)?.handles.process?.pid ?? 0;
    world.deps.machines.close();
    fake.endProcess(pid, { code: null, signal: 9 });
    expect(left()).toEqual([address]);
    await reconcileVms(world.deps, path.join(world.directory, "vms"));
    expect(left()).toEqual([]);
  });
});
