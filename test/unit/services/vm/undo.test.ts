import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OperationName } from "../../../../src/host/fake/index.ts";
import { reconcileVms } from "../../../../src/services/vm/reconcile.ts";
import { World } from "./support/world.ts";

let world: World;

beforeEach(() => {
  world = new World();
});

afterEach(() => world.close());

/** A client that is there until it is told to go. */
function client() {
  const listeners: (() => void)[] = [];
  return {
    onClose: (listener: () => void) => void listeners.push(listener),
    go: () => {
      for (const listener of listeners) listener();
    },
  };
}

const create = (params = {}) => world.end(world.vms.create({ name: "x", ...params }, client()));

describe.each([false, true])(
  "a creation that fails undoes everything (ST-5, VM-4), disks opened at once: %s",
  (opensDisksAtOnce) => {
    beforeEach(() => {
      world.close();
      world = new World(undefined, [], { opensDisksAtOnce });
    });

    const steps: [OperationName, number][] = [
      ["cgroup.root", 0],
      ["tap.create", 0],
      ["tap.create", 1],
      ["address.add", 0],
      ["link.setUp", 0],
      ["link.setUp", 1],
      ["route.add", 0],
      ["neighbour.set", 0],
      ["file.ensureDirectory", 0],
      ["cgroup.create", 0],
      ["clone.copy", 0],
      ["clone.copy", 1],
      ["clone.adopt", 0],
      ["file.replace", 0],
      ["file.replace", 1],
      ["file.chown", 0],
      ["process.spawn", 0],
    ];

    it.each(steps)("when %s fails after %i good calls", async (operation, after) => {
      world.host.faults.fail(operation, { errnoCode: "EIO", after, times: 1 });
      const ended = await create();
      // Not every world comes to that call a second time: then nothing failed, and the VM is there.
      if (ended.error === undefined) await world.end(world.vms.delete(["x"], true));
      else expect(ended.error.code).toMatch(/^ERR_/);
      expect(world.left()).toEqual([]);
    });

    it("and the same name can be created afterwards", async () => {
      world.host.faults.fail("process.spawn", { errnoCode: "ENOMEM" });
      expect((await create()).error).toBeDefined();
      expect((await create()).error).toBeUndefined();
    });

    it("leaves a TAP that is somebody else's alone", async () => {
      world.host.kernel.addLink("bgr1", "tun", undefined, 4242);
      expect((await create()).error).toMatchObject({ code: "ERR_TAP_TAKEN" });
      expect(world.left()).toEqual(["bgr1"]);
    });

    it("undoes a boot that is cancelled while it waits for the guest", async () => {
      world.guest = "hangs";
      const id = world.vms.create({ name: "x" }, client());
      while (world.deps.machines.running.length === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(await world.operations.cancel(id)).toBe(true);
      expect((await world.end(id)).error).toMatchObject({ code: "ERR_CANCELLED" });
      expect(world.left()).toEqual([]);
    });

    it("keeps a VM whose guest died before it answered, stopped and released, and no longer bound to its client", async () => {
      world.guest = "dies";
      const connection = client();
      const ended = await world.end(world.vms.create({ name: "x", autoRemove: true }, connection));
      expect(ended.error).toMatchObject({ code: "ERR_GUEST_DIED" });
      connection.go();
      await world.vms.close();
      expect(world.state.vms.list()).toMatchObject([{ name: "x", desired: "stopped", autoRemove: false }]);
      expect([...world.host.kernel.links.keys()]).not.toContain("bgr1");
    });
  },
);

describe("a VM that goes with its client (RUN-4)", () => {
  it("goes when the client goes", async () => {
    const connection = client();
    await world.end(world.vms.create({ name: "x", autoRemove: true }, connection));
    connection.go();
    await world.vms.close();
    expect(world.left()).toEqual([]);
  });

  it("goes when the daemon ends first, while it can still be found", async () => {
    await world.end(world.vms.create({ name: "x", autoRemove: true }, client()));
    await create({ name: "stays" });
    await world.vms.close();
    expect(world.state.vms.list().map((vm) => vm.name)).toEqual(["stays"]);
    expect([...world.host.kernel.links.keys()].filter((name) => name.startsWith("bgr"))).toEqual(["bgr2"]);
  });
});

describe("what could not be released keeps its record (ST-5)", () => {
  it("delete says so, keeps record and directory, and works once the kernel lets go", async () => {
    await create();
    world.host.faults.fail("link.delete", { errnoCode: "EBUSY", times: 2 });
    const first = await world.end(world.vms.delete(["x"], true));
    expect(first).toMatchObject({ result: { results: [{ error: { code: "ERR_RELEASE_FAILED" } }] } });
    expect(world.state.vms.list()).toHaveLength(1);
    expect(await world.end(world.vms.delete(["x"], true))).toMatchObject({
      result: { results: [{ error: null }] },
    });
    expect(world.left()).toEqual([]);
  });

  it("a start releases it before it makes new objects", async () => {
    await create();
    world.host.faults.fail("link.delete", { errnoCode: "EBUSY" });
    await world.end(world.vms.kill(["x"]));
    expect([...world.host.kernel.links.keys()]).toContain("bgr1");
    expect(await world.end(world.vms.start(["x"]))).toMatchObject({ result: { results: [{ error: null }] } });
    await world.end(world.vms.delete(["x"], true));
    expect(world.left()).toEqual([]);
  });
});

describe("reconcile (VM-11)", () => {
  it("keeps what lives, demotes what died, removes what is half made or was bound to a client", async () => {
    for (const name of ["lives", "died"]) await create({ name });
    await world.end(world.vms.create({ name: "bound", autoRemove: true }, client()));
    const died = world.vms.find("died");
    const { process } = world.deps.machines.get(died.id)?.handles ?? {};
    // The daemon is killed: nothing is released, the processes go on but for one.
    world.deps.machines.close();
    world.host.endProcess(process?.pid ?? 0, { code: null, signal: 9 });
    const report = await reconcileVms(world.deps, `${world.directory}/vms`);
    expect(report).toEqual({ kept: 1, demoted: expect.any(Number), removed: 1 });
    expect(world.state.vms.list().map((vm) => vm.name)).toEqual(["lives", "died"]);
    expect(world.deps.machines.running.map((machine) => machine.vm.name)).toEqual(["lives"]);
    expect([...world.host.kernel.links.keys()].filter((name) => name.startsWith("bgr"))).toEqual(["bgr1"]);
  });

  it("removes directories of VMs without a record, and of nothing else", async () => {
    const vms = `${world.directory}/vms`;
    const names = ["lost+found", `${"a".repeat(32)}.bak`];
    for (const name of [...names, "a".repeat(32)]) mkdirSync(`${vms}/${name}`);
    expect(await reconcileVms(world.deps, vms)).toMatchObject({ removed: 1 });
    expect(readdirSync(vms).sort()).toEqual(names.sort());
  });

  describe("of a stopped VM", () => {
    const paths = () => world.deps.paths(world.vms.find("x").id);
    const reconcile = () => reconcileVms(world.deps, `${world.directory}/vms`);
    const start = () => world.end(world.vms.start(["x"]));

    beforeEach(() => create({ noStart: true }));

    it("keeps it when one disk is gone: the other one has its user's data; a start says what is missing", async () => {
      rmSync(paths().workDisk);
      expect(await reconcile()).toMatchObject({ removed: 0 });
      expect(existsSync(paths().rootDisk)).toBe(true);
      const error = {
        code: "ERR_FILE_MISSING",
        message: expect.stringContaining("the work disk is not there"),
      };
      expect(await start()).toMatchObject({ result: { results: [{ error }] } });
    });

    it("removes it when both are gone", async () => {
      for (const disk of [paths().rootDisk, paths().workDisk]) rmSync(disk);
      expect(await reconcile()).toMatchObject({ removed: 1 });
      expect(world.left()).toEqual([]);
    });

    it.each(["rootDisk", "workDisk"] as const)("keeps it when its %s cannot be looked at", async (disk) => {
      const other = disk === "rootDisk" ? paths().workDisk : paths().rootDisk;
      rmSync(other);
      rmSync(paths()[disk]);
      // access() fails with ELOOP, as it does with EIO on a disk that fails.
      symlinkSync(paths()[disk], paths()[disk]);
      expect(await reconcile()).toMatchObject({ removed: 0 });
      expect(world.state.vms.list()).toHaveLength(1);
    });

    it("removes it when its creation had not ended", async () => {
      rmSync(paths().rootDisk);
      writeFileSync(`${paths().directory}/disks.part`, "");
      expect(await reconcile()).toMatchObject({ removed: 1 });
      expect(world.left()).toEqual([]);
    });
  });
});
