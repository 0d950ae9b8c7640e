import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";
import { reconcileVms } from "../../../../src/services/vm/reconcile.ts";
import { Mortal } from "../support/mortal.ts";
import { World } from "./support/world.ts";

const VMM_UIDS = { first: 70_000, last: 70_100 };
const client = { onClose: () => undefined };

/** Each with all that must be true before it, and one call of a client's. */
const lives: Record<string, { before: string[]; does: (world: World) => string }> = {
  "a creation": { before: [], does: (world) => world.vms.create({ name: "x" }, client) },
  "a creation that nothing boots": {
    before: [],
    does: (world) => world.vms.create({ name: "x", noStart: true }, client),
  },
  "a creation bound to its client": {
    before: [],
    does: (world) => world.vms.create({ name: "x", autoRemove: true }, client),
  },
  "a start": { before: ["create", "kill"], does: (world) => world.vms.start(["x"]) },
  "a stop": { before: ["create"], does: (world) => world.vms.stop(["x"], 0) },
  "a kill": { before: ["create"], does: (world) => world.vms.kill(["x"]) },
  "a change": {
    before: ["create", "kill"],
    does: (world) => world.vms.set({ refs: ["x"], diskSizeBytes: 2 ** 20, vcpu: 2 }),
  },
  "a deletion": { before: ["create"], does: (world) => world.vms.delete(["x"], true) },
};

async function prepare(world: World, before: readonly string[]): Promise<void> {
  if (before.includes("create")) await world.end(world.vms.create({ name: "x" }, client));
  if (before.includes("kill")) await world.end(world.vms.kill(["x"]));
}

/** All VMMs die. */
async function endAll(world: World): Promise<void> {
  for (const { pid } of await world.host.process.listByUid(VMM_UIDS))
    world.host.endProcess(pid, { code: null, signal: 9 });
}

/** What a daemon does with files by itself, and had begun at its end, is done when this has been asked for some time. */
async function filesRest(world: World): Promise<void> {
  for (let look = 0; look < 20; look += 1) await stat(world.directory);
}

/** What is true of every VM that a new daemon has found: it runs or it can be started, and nothing stays of it. */
async function isInOrder(world: World, calls: number): Promise<void> {
  for (const vm of world.state.vms.list()) {
    const { rootDisk, workDisk } = world.deps.paths(vm.id);
    expect([calls, existsSync(rootDisk), existsSync(workDisk)]).toEqual([calls, true, true]);
    expect(await world.end(world.vms.start([vm.id]))).toMatchObject({
      result: { results: [{ error: null }] },
    });
    expect(world.deps.machines.get(vm.id)).not.toBeNull();
    expect(await world.end(world.vms.delete([vm.id], true))).toMatchObject({
      result: { results: [{ error: null }] },
    });
  }
  const processes = await world.host.process.listByUid(VMM_UIDS);
  expect([calls, world.left(), processes]).toEqual([calls, [], []]);
}

describe("a daemon that is killed at any of its calls (ST-5, VM-11)", () => {
  it.each(Object.entries(lives))(
    "in %s, leaves what the next one puts in order",
    async (_, { before, does }) => {
      let calls = 0;
      for (let isOver = false; !isOver; calls += 1) {
        const mortal = new Mortal();
        const killed = new World(openFakeHostOps({ reflinks: false }), [], { mortal });
        await prepare(killed, before);
        mortal.endAfter(calls);
        const live = async () => void (await killed.end(does(killed)));
        await Promise.race([live().catch(() => undefined), mortal.end]);
        isOver = !mortal.isEnded;
        await mortal.settled();
        await filesRest(killed);
        const next = new World(killed.host, [], { before: killed });
        await reconcileVms(next.deps, `${killed.directory}/vms`);
        await isInOrder(next, calls);
        killed.close();
      }
      expect(calls).toBeGreaterThan(3);
    },
  );
});

describe("a VMM that dies at any call of the daemon's (VM-8, VMM-3)", () => {
  it.each(Object.entries(lives))(
    "in %s, leaves a VM that can be started, or nothing",
    async (_, { before, does }) => {
      let calls = 0;
      for (let isOver = false; !isOver; calls += 1) {
        const mortal = new Mortal();
        const world = new World(openFakeHostOps({ reflinks: false }), [], { mortal });
        await prepare(world, before);
        isOver = true;
        mortal.atCall(calls, () => {
          isOver = false;
          void endAll(world);
        });
        await world.end(does(world));
        await isInOrder(world, calls);
        world.close();
      }
      expect(calls).toBeGreaterThan(3);
    },
  );
});
