import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WorkDisk } from "../../../src/capabilities/work-disk.ts";
import type { CapabilityVm } from "../../../src/domain/capability.ts";
import type { VmRecord } from "../../../src/domain/vm.ts";
import { openFakeHostOps } from "../../../src/host/fake/index.ts";
import { UndoScope } from "../../../src/shared/undo.ts";
import { WorkDiskMaker } from "../../../src/storage/work-disks.ts";

const MIB = 2 ** 20;
const host = openFakeHostOps({ reflinks: false });
let directory: string;
let disk: WorkDisk;
let at: CapabilityVm;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "work-disk-"));
  const seed = path.join(directory, "seed");
  writeFileSync(seed, "x".repeat(64 * 1024));
  disk = new WorkDisk({ disks: new WorkDiskMaker(host), seedOf: () => seed });
  const uid = process.getuid?.() ?? 0;
  at = {
    vm: { id: "0".repeat(32), name: "web", imageId: "i", spec: spec(MIB) } as VmRecord,
    paths: { directory, workDisk: path.join(directory, "work.img") } as CapabilityVm["paths"],
    uid,
    gid: process.getgid?.() ?? 0,
  };
});

afterEach(() => rmSync(directory, { recursive: true }));

const spec = (diskSizeBytes: number) => ({ diskSizeBytes }) as VmRecord["spec"];

describe("the work disk (DSK-4)", () => {
  it("is the seed, grown, and gone again when the scope is undone", async () => {
    const scope = new UndoScope();
    expect(await disk.preflight(at)).toMatchObject([{ code: "ERR_FILE_MISSING" }]);
    await disk.create(at, scope);
    expect(statSync(at.paths.workDisk).size).toBe(MIB);
    expect(await disk.preflight(at)).toEqual([]);
    expect(await disk.usage(at)).toEqual({ name: "work", usedBytes: 64 * 1024, totalBytes: MIB });
    await scope.rollback();
    expect(readdirSync(directory)).toEqual(["seed"]);
  });

  it("leaves nothing when its clone fails, and is not whole before it has its name", async () => {
    host.faults.fail("clone.copy", { errnoCode: "EIO" });
    await expect(disk.create(at, new UndoScope())).rejects.toMatchObject({ code: "ERR_HOST_IO" });
    expect(readdirSync(directory)).toEqual(["seed"]);
    writeFileSync(`${at.paths.workDisk}.part`, "half");
    expect(await disk.isWhole(at)).toBe(false);
  });

  it("grows while the VM is stopped, and is as it was when that is undone (VM-9)", async () => {
    await disk.create(at, new UndoScope());
    const scope = new UndoScope();
    await disk.reconfigure(at, spec(4 * MIB), false, scope);
    expect(statSync(at.paths.workDisk).size).toBe(4 * MIB);
    await scope.rollback();
    expect(statSync(at.paths.workDisk).size).toBe(MIB);
  });

  it("does not shrink, nor change while the VM runs, nor mind what does not concern it", async () => {
    await disk.create(at, new UndoScope());
    const to = (bytes: number, running: boolean) =>
      disk.reconfigure(at, spec(bytes), running, new UndoScope());
    await expect(to(MIB / 2, false)).rejects.toMatchObject({ code: "ERR_DISK_SHRINK" });
    await expect(to(2 * MIB, true)).rejects.toMatchObject({ code: "ERR_VM_RUNNING" });
    await to(MIB, true);
    expect(statSync(at.paths.workDisk).size).toBe(MIB);
  });
});
