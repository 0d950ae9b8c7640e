import { existsSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Capability, CapabilityVm } from "../../../../src/domain/capability.ts";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";
import { CapabilityHooks } from "../../../../src/services/vm/capability-hooks.ts";
import { reconcileVms } from "../../../../src/services/vm/reconcile.ts";
import { silentLogger } from "../../../../src/shared/logger.ts";
import { withUndo } from "../../../../src/shared/undo.ts";
import { type Hook, spyCapability } from "./support/spy-capability.ts";
import { World } from "./support/world.ts";

let said: string[];
let first: ReturnType<typeof spyCapability>;
let second: ReturnType<typeof spyCapability>;
let world: World;

beforeEach(() => {
  said = [];
  first = spyCapability("first", said);
  second = spyCapability("second", said);
  world = new World(openFakeHostOps({ reflinks: false }), [first.capability, second.capability]);
});

afterEach(() => world.close());

const create = () => world.end(world.vms.create({ name: "x" }, { onClose: () => undefined }));
const remove = () => world.end(world.vms.delete(["x"], true));
const since = (length: number) => said.slice(length);

describe("the hooks of capabilities", () => {
  it("of a start make in their order and release in the reverse one, over the whole life of a VM", async () => {
    await create();
    // What a start needs is made while the disks are.
    const ofHook = (hook: Hook) => said.filter((line) => line.endsWith(`.${hook}`));
    expect(ofHook("create")).toEqual(["first.create", "second.create"]);
    expect(ofHook("beforeStart")).toEqual(["first.beforeStart", "second.beforeStart"]);
    expect(since(4)).toEqual(["first.afterStart", "second.afterStart"]);
    const created = said.length;
    await world.end(world.vms.stop(["x"]));
    expect(since(created)).toEqual(["second.afterStop", "first.afterStop"]);
    const stopped = said.length;
    await world.end(world.vms.start(["x"]));
    expect(since(stopped)).toEqual([
      ...["first.beforeStart", "second.beforeStart"],
      ...["first.afterStart", "second.afterStart"],
    ]);
    const started = said.length;
    await remove();
    expect(since(started)).toEqual([
      ...["second.afterStop", "first.afterStop"],
      ...["second.delete", "first.delete"],
    ]);
    expect(world.left()).toEqual([]);
  });

  it("of a create without a start: what a start would have made and a VM has from its create on, undone where it fails", async () => {
    const createStopped = () =>
      world.end(world.vms.create({ name: "x", noStart: true }, { onClose: () => undefined }));
    second.failAt("afterCreateStopped");
    expect((await createStopped()).error).toBeDefined();
    expect(said.filter((line) => line.includes("afterCreateStopped"))).toEqual([
      "first.afterCreateStopped",
      "second.afterCreateStopped",
    ]);
    expect(said.filter((line) => line.includes("undo"))).toEqual(["second.undo create", "first.undo create"]);
    expect(world.left()).toEqual([]);
    second.failAt(null);
    const failed = said.length;
    expect(await createStopped()).toMatchObject({ type: "done" });
    expect(since(failed).some((line) => line.includes("Start"))).toBe(false);
  });

  it("make what a VM keeps at once: none waits for another (QA-3)", async () => {
    const second = Promise.withResolvers<void>();
    const hooks = new CapabilityHooks(
      [
        { name: "first", create: () => second.promise },
        { name: "second", create: async () => second.resolve() },
      ],
      silentLogger,
    );
    await withUndo((scope) => hooks.create({} as CapabilityVm, scope));
  });

  it.each<[Hook, string[]]>([
    ["create", ["second.undo beforeStart", "first.undo beforeStart", "first.undo create"]],
    ["beforeStart", ["first.undo beforeStart", "second.undo create", "first.undo create"]],
    ["afterStart", ["first.undo afterStart", "second.undo beforeStart", "first.undo beforeStart"]],
  ])(
    "a failure of the second's %s undoes what was made, last first, and leaves nothing",
    async (hook, undone) => {
      second.failAt(hook);
      expect((await create()).error).toBeDefined();
      expect(said.filter((line) => line.includes("undo")).slice(0, undone.length)).toEqual(undone);
      expect(world.left()).toEqual([]);
      second.failAt(null);
      expect((await create()).error).toBeUndefined();
    },
  );

  it("releases what a start made when it fails, and the VM is there, stopped", async () => {
    await create();
    await world.end(world.vms.stop(["x"]));
    const stopped = said.length;
    second.failAt("afterStart");
    expect(await world.end(world.vms.start(["x"]))).toMatchObject({
      result: { results: [{ error: { code: "ERR_INTERNAL" } }] },
    });
    expect(since(stopped)).toContain("first.afterStop");
    expect(world.deps.machines.running).toEqual([]);
    second.failAt(null);
    await world.end(world.vms.start(["x"]));
    await remove();
    expect(world.left()).toEqual([]);
  });

  it("forget a VM after its disks' space is free: on a full filesystem they could write nothing before", async () => {
    const list: Capability = {
      name: "list",
      delete: async ({ paths }) => {
        if (existsSync(paths.rootDisk) || existsSync(paths.workDisk)) throw new Error("ENOSPC");
      },
    };
    await world.close();
    world = new World(openFakeHostOps({ reflinks: false }), [list]);
    await create();
    expect((await remove()).error).toBeUndefined();
    expect([world.left(), world.deps.store.list()]).toEqual([[], []]);
  });

  it("says what is missing before there is a record", async () => {
    second.failAt("preflight");
    expect((await create()).error).toMatchObject({ code: "ERR_TEST_MISSING" });
    expect(said).toEqual([]);
    expect(world.left()).toEqual([]);
  });

  it.each<Hook>(["afterStop", "delete"])(
    "a release that fails at %s keeps the record, does not hold up the others, and is done again",
    async (hook) => {
      await create();
      second.failAt(hook);
      const before = said.length;
      expect(await remove()).toMatchObject({
        result: { results: [{ error: { code: "ERR_RELEASE_FAILED" } }] },
      });
      expect(since(before)).toContain(`first.${hook}`);
      expect(world.state.vms.list()).toHaveLength(1);
      second.failAt(null);
      await remove();
      expect(world.left()).toEqual([]);
    },
  );

  it("adopt a VM that a new daemon found running; one that cannot does not end it", async () => {
    await create();
    world.deps.machines.close();
    first.failAt("adopt");
    const before = said.length;
    expect(await reconcileVms(world.deps, `${world.directory}/vms`)).toMatchObject({ kept: 1 });
    expect(since(before)).toEqual(["first.adopt", "second.adopt"]);
    expect(world.deps.machines.running).toHaveLength(1);
  });
});
