import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { World } from "./support/world.ts";

const client = { onClose: () => undefined };

let world: World;

beforeEach(async () => {
  world = new World();
  await world.end(world.vms.create({ name: "x", noStart: true }, client));
});

afterEach(() => world.close());

const CANCELLED = { result: { results: [{ name: "x", error: { code: "ERR_CANCELLED" } }] } };
const DONE = { result: { results: [{ name: "x", error: null }] } };

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const runs = () => world.deps.machines.running.length === 1;
const taps = () => [...world.host.kernel.links.keys()].filter((name) => name.startsWith("bgr"));

describe("cancelling (VM-5)", () => {
  it("a start that waits for its guest ends the VM again", async () => {
    world.guest = "hangs";
    const id = world.vms.start(["x"]);
    await until(runs);
    expect(await world.operations.cancel(id)).toBe(true);
    expect(await world.end(id)).toMatchObject(CANCELLED);
    expect([runs(), taps()]).toEqual([false, []]);
    expect(world.operations.list()).toMatchObject([{ kind: "vm.create" }, { id, state: "cancelled" }]);
  });

  it("a start of a VM that ran already leaves it running", async () => {
    await world.end(world.vms.start(["x"]));
    Object.assign(world.deps.machines, { agent: () => new Promise(() => undefined) });
    const id = world.vms.start(["x"]);
    await world.operations.cancel(id);
    expect(await world.end(id)).toMatchObject(CANCELLED);
    expect(runs()).toBe(true);
    await world.end(world.vms.kill(["x"]));
  });

  it("a stop does not wait for the guest any more, nor does what waits behind it for its turn", async () => {
    await world.end(world.vms.start(["x"]));
    const hour = 3_600_000;
    const stop = world.vms.stop(["x"], hour);
    await until(() => world.deps.machines.state(world.vms.find("x").id) === "stopping");
    const behind = [
      world.vms.set({ refs: ["x"], vcpu: 2 }),
      world.vms.start(["x"]),
      world.vms.stop(["x"], hour),
    ];
    for (const id of [...behind, stop]) {
      expect(await world.operations.cancel(id)).toBe(true);
      expect(await world.end(id)).toMatchObject(CANCELLED);
    }
    expect(world.vms.find("x").spec.vcpu).toBe(1);
    // It runs on, and nobody holds its lock.
    expect(runs()).toBe(true);
    expect(await world.end(world.vms.stop(["x"], 0))).toMatchObject(DONE);
  });

  it("what is in flight when the daemon is told to stop by force ends at once", async () => {
    await world.end(world.vms.start(["x"]));
    world.vms.stop(["x"], 3_600_000);
    await world.operations.close();
    expect(world.operations.inFlight).toBe(0);
  });
});

describe("an end that somebody else wants", () => {
  it.each(["stop", "kill", "delete"] as const)("by %s is not told as the guest's death", async (how) => {
    world.guest = "hangs";
    const start = world.vms.start(["x"]);
    await until(runs);
    const end = {
      stop: () => world.vms.stop(["x"], 0),
      kill: () => world.vms.kill(["x"]),
      delete: () => world.vms.delete(["x"], true),
    };
    expect(await world.end(end[how]())).toMatchObject(DONE);
    const { result } = await world.end(start);
    expect(result).toMatchObject({
      results: [{ error: { code: "ERR_VM_ENDED", message: expect.stringContaining("by somebody else") } }],
    });
  });
});

it("a VM that is not running yet is told by what is done to it (VM-2)", async () => {
  const kill = async () => (await world.end(world.vms.kill(["x"]))).result;
  const refused = (error: object) => ({ results: [{ error: { code: "ERR_VM_NOT_RUNNING", ...error } }] });
  expect(await kill()).toMatchObject(refused({ message: "x is not running", next: "`banger vm start x`" }));
  const gate = Promise.withResolvers<void>();
  Object.assign(world.deps.network, { claim: () => gate.promise });
  const start = world.vms.start(["x"]);
  await until(() => world.deps.machines.state(world.vms.find("x").id) === "starting");
  const next = expect.stringContaining("banger operation list");
  expect(await kill()).toMatchObject(refused({ message: "x is starting", next }));
  gate.resolve();
  expect(await world.end(start)).toMatchObject(DONE);
});

it("a VM whose VMM has ended just now is started once it is released (VM-8)", async () => {
  await world.end(world.vms.start(["x"]));
  const machine = world.deps.machines.get(world.vms.find("x").id);
  world.host.endProcess(machine?.handles.process?.pid ?? 0, { code: 0, signal: null });
  expect(runs(), "its end is not seen yet").toBe(true);
  expect(await world.end(world.vms.start(["x"]))).toMatchObject(DONE);
  expect(world.deps.machines.running).not.toContain(machine);
  expect(runs()).toBe(true);
});

it("a VMM's cgroup has room for a thread for each of its vCPUs, and for the code that an emulator translates (VMM-4)", async () => {
  Object.assign(world.deps.settings, { hostCpus: 512 });
  await world.end(world.vms.set({ refs: ["x"], vcpu: 500 }));
  await world.end(world.vms.start(["x"]));
  const [leaf] = [...world.host.kernel.cgroups.values()];
  expect(Number(leaf?.files["pids.max"])).toBeGreaterThan(564);
  expect(Number(leaf?.files["memory.max"])).toBeGreaterThan(256 * 2 ** 20 + 2 ** 30);
  await world.end(world.vms.kill(["x"]));
});
