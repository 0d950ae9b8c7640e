import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reconcileVms } from "../../../../src/services/vm/reconcile.ts";
import { client } from "./support/client.ts";
import { World } from "./support/world.ts";

let world: World;

beforeEach(() => {
  world = new World();
});

afterEach(() => world.close());

const create = (params = {}) => world.end(world.vms.create({ name: "x", ...params }, client()));

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
