import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LastUse } from "../../../../src/services/vm/last-use.ts";
import { StaleStop } from "../../../../src/services/vm/stale-stop.ts";
import { silentLogger } from "../../../../src/shared/logger.ts";
import { World } from "./support/world.ts";

const MINUTE = 60_000;

let world: World;
let id: string;
let stops: string[];
let stale: StaleStop;

beforeEach(async () => {
  world = new World();
  stops = [];
  stale = staleStop(world.deps.lastUse);
  await world.end(world.vms.create({ name: "x" }, client()));
  id = world.vms.find("x").id;
});

afterEach(() => world.close());

function staleStop(lastUse: LastUse): StaleStop {
  return new StaleStop({
    staleAfterMs: 10 * MINUTE,
    ...{ lastUse, machines: world.deps.machines, link: world.host.link },
    now: () => world.now,
    logger: silentLogger,
    stop: async (vm, isIdle) => {
      stops.push(vm);
      await world.end(world.vms.stopIdle(vm, isIdle));
    },
  });
}

function client() {
  const listeners: (() => void)[] = [];
  const onClose = (listener: () => void) => void listeners.push(listener);
  const go = () => {
    for (const listener of listeners) listener();
  };
  return { onClose, go };
}

function minutesPass(minutes: number): void {
  world.now = new Date(world.now.getTime() + minutes * MINUTE);
}

const stopped = async () => {
  while (world.deps.machines.get(id) !== null) await new Promise((resolve) => setImmediate(resolve));
};
const exec = () => world.vms.exec("x", { wait: "agent", signal: new AbortController().signal });

describe("idle VMs (VM-14)", () => {
  it("are stopped when nobody used them for that long since their start, once", async () => {
    minutesPass(9);
    expect(await stale.look()).toEqual([]);
    minutesPass(1);
    expect(await stale.look()).toEqual([id]);
    expect(await stale.look()).toEqual([]);
    await stopped();
    expect(stops).toEqual([id]);
    expect(world.state.vms.get(id)?.desired).toBe("stopped");
    await world.end(world.vms.start(["x"]));
    expect(await stale.look()).toEqual([]);
  });

  it("are not idle while a command runs, nor right after it has ended", async () => {
    const command = await exec();
    minutesPass(60);
    expect(await stale.look()).toEqual([]);
    command.destroy();
    await new Promise((resolve) => command.once("close", resolve));
    minutesPass(9);
    expect(await stale.look()).toEqual([]);
    minutesPass(1);
    expect(await stale.look()).toEqual([id]);
    await stopped();
  });

  it("are not idle while a session beside the daemon holds them", async () => {
    const session = client();
    world.vms.hold("x", session);
    minutesPass(60);
    expect(await stale.look()).toEqual([]);
    session.go();
    minutesPass(10);
    expect(await stale.look()).toEqual([id]);
    await stopped();
  });

  it("are not idle while something talks to them over the network; murmur is nothing", async () => {
    const tap = world.host.kernel.links.get("bgr1");
    if (tap === undefined) throw new Error("no TAP");
    await stale.look();
    minutesPass(9);
    tap.info.txBytes += 5000n;
    await stale.look();
    minutesPass(9);
    tap.info.txBytes += 100n;
    expect(await stale.look()).toEqual([]);
    minutesPass(1);
    expect(await stale.look()).toEqual([id]);
    await stopped();
  });

  it("have a moment when the daemon has just started: its first command may be for them", async () => {
    minutesPass(60);
    stale.start();
    expect(await stale.look()).toEqual([]);
    minutesPass(0.5);
    expect(await stale.look()).toEqual([id]);
    stale.close();
    await stopped();
  });

  it("go on when somebody begins to use them between the decision and the stop", async () => {
    minutesPass(10);
    const turn = Promise.withResolvers<void>();
    const before = world.deps.locks.run(id, () => turn.promise);
    expect(await stale.look()).toEqual([id]);
    const command = await exec();
    turn.resolve();
    await before;
    // Whoever asks for the lock now has it after the stop.
    await world.deps.locks.run(id, async () => undefined);
    expect(world.deps.machines.state(id)).toBe("running");
    command.destroy();
  });

  it("are looked at again after a stop that failed, which is the daemon's end for nobody", async () => {
    const failing = new StaleStop({
      staleAfterMs: 10 * MINUTE,
      ...{ lastUse: world.deps.lastUse, machines: world.deps.machines, link: world.host.link },
      now: () => world.now,
      logger: silentLogger,
      stop: () => Promise.reject(new Error("the database is full")),
    });
    minutesPass(10);
    expect(await failing.look()).toEqual([id]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await failing.look()).toEqual([id]);
  });

  it("are not touched by being listed", async () => {
    minutesPass(10);
    world.vms.find("x");
    expect(await stale.look()).toEqual([id]);
    await stopped();
  });
});

describe("the last use of a VM", () => {
  const fresh = () => new LastUse({ store: world.state.vms, now: () => world.now, logger: silentLogger });

  it("survives the daemon: what was held at its end was used until then", async () => {
    const command = await exec();
    minutesPass(30);
    world.deps.lastUse.flush();
    command.destroy();
    minutesPass(9);
    expect(await staleStop(fresh()).look()).toEqual([]);
    minutesPass(1);
    expect(await staleStop(fresh()).look()).toEqual([id]);
    await stopped();
  });

  it("survives a daemon that was killed, but for its last seconds", () => {
    minutesPass(5);
    world.deps.lastUse.touch(id);
    const at = world.now.getTime();
    world.now = new Date(at + 9_000);
    world.deps.lastUse.touch(id);
    expect(fresh().lastUsed(id)).toBe(at);
    world.now = new Date(at + 11_000);
    world.deps.lastUse.touch(id);
    expect(fresh().lastUsed(id)).toBe(at + 11_000);
  });

  it("does not keep anybody from using a VM when it cannot be recorded", async () => {
    const full = {
      lastUsed: () => null,
      setLastUsed: () => {
        throw new Error("disk full");
      },
    };
    const lastUse = new LastUse({ store: full, now: () => world.now, logger: silentLogger });
    lastUse.hold(id)();
    expect(lastUse.lastUsed(id)).toBe(world.now.getTime());
  });
});
