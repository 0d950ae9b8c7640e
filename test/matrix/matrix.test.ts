import { release } from "node:os";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import type { Inventory } from "../e2e/support/inventory.ts";
import { type Cell, cellsOf, obstacle } from "../support/cells.ts";
import { kvmWorks } from "../support/kvm.ts";
import { CellMachine } from "./support/machine.ts";
import { type MatrixReport, writeMatrixReport } from "./support/report.ts";

/** `BANGER_MATRIX`: the cells to run, `*` for any part; `BANGER_MATRIX_REPORT`: where what came of them is written. */
const cells = cellsOf(process.env.BANGER_MATRIX ?? "*");
const report: MatrixReport = {};
let kvm = false;

beforeAll(async () => {
  kvm = await kvmWorks();
});

describe.each(cells)("$name (VMM-1, DSK-1, DSK-2, VM-7, VM-8, VM-11)", (cell) => {
  let machine: CellMachine;
  let before: Inventory;
  let down: Inventory;
  let because: string | null = null;
  const results: MatrixReport[string] = {};

  beforeAll(async () => {
    report[cell.name] = results;
    because = obstacle(cell, kvm);
    if (because !== null) return;
    machine = await CellMachine.open(cell);
    await machine.sandbox.ok("daemon", "start");
    before = await machine.sandbox.inventory();
  });

  afterAll(async () => {
    writeMatrixReport(process.env.BANGER_MATRIX_REPORT, report);
    if (because === null) await machine.close();
  });

  /** A step of the cell, told by name in the report; one that cannot run here is skipped with the reason. */
  const step = (name: string, body: () => Promise<void>) =>
    it(name, async (context: TestContext) => {
      if (because !== null) {
        results[name] = `skipped: ${because}`;
        return context.skip(because);
      }
      results[name] = "failed";
      await body();
      results[name] = "passed";
    });

  /** After an end: nothing of it but its files, and a start finds both marks. */
  const endAndStart = async (end: () => Promise<unknown>) => {
    const mark = `m${Object.keys(results).length}`;
    await machine.mark(mark);
    await end();
    expect(await inventoryOf(machine)).toEqual(down);
    await machine.command("start");
    expect(await machine.marks()).toEqual([mark, mark]);
  };

  step("create", async () => {
    await machine.create();
    expect(await machine.show()).toMatchObject(pick(cell));
  });

  step("exec", async () => {
    expect((await machine.exec("uname -r")).trim()).not.toBe(release());
    const root = (await machine.exec("findmnt -no FSTYPE /")).trim();
    expect(root).toBe(cell.storage === "overlay" ? "overlay" : "ext4");
  });

  step("stop", async () => {
    await machine.mark("first");
    await machine.command("stop");
    down = await inventoryOf(machine);
    expect(hostObjects(down)).toEqual(hostObjects(before));
  });

  step("start", async () => {
    await machine.command("start");
    expect(await machine.marks()).toEqual(["first", "first"]);
  });

  step("kill", () => endAndStart(() => machine.command("kill")));
  step("panic", () => endAndStart(() => machine.panic()));
  step("VMM SIGKILL", () => endAndStart(() => machine.killVmm()));

  step("daemon SIGKILL", async () => {
    await machine.mark("kept");
    const boot = await machine.exec("cat /proc/sys/kernel/random/boot_id");
    await machine.sandbox.killDaemon();
    expect(await machine.exec("cat /proc/sys/kernel/random/boot_id")).toBe(boot);
    await machine.command("stop");
    expect(hostObjects(await machine.sandbox.inventory())).toEqual(hostObjects(before));
    await machine.command("start");
    expect(await machine.marks()).toEqual(["kept", "kept"]);
  });

  step("delete", async () => {
    await machine.command("rm", "--force");
    const after = await machine.sandbox.inventory();
    expect(hostObjects(after)).toEqual(hostObjects(before));
    expect(after.vms).toEqual([]);
  });
});

function pick({ vmm, storage, accelerator }: Cell) {
  return { vmm, storage, accelerator };
}

/** Logs grow and rotate from run to run; everything else is the same whenever the VM is down. */
async function inventoryOf(machine: CellMachine): Promise<Inventory> {
  const inventory = await machine.sandbox.inventory();
  return { ...inventory, vms: inventory.vms.filter((file) => !/\.log(\.1)?$/.test(file)) };
}

/** What a VM has on the host beside its files. The anchor comes with the first VM and goes with the daemon (DMN-6). */
function hostObjects(inventory: Inventory) {
  const { processes, links, routes, nft, loops, deviceMapper, mounts, cgroups, runtime } = inventory;
  return {
    ...{ daemons: processes.length, links: links.filter((link) => link !== "banger0"), routes, nft },
    ...{ loops, deviceMapper, mounts, cgroups, sockets: runtime.filter((file) => file.endsWith(".sock")) },
  };
}
