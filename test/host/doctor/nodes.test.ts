import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkLoop } from "../../../src/doctor/checks/driver.ts";
import { type Driver, type KernelFiles, probeDriver } from "../../../src/doctor/probes/kernel-driver.ts";

let directory: string;
let driver: Driver;
let files: KernelFiles;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "nodes-"));
  driver = { node: path.join(directory, "dev", "loop-control"), misc: "loop-control", module: "loop" };
  files = {
    misc: "/proc/misc",
    loaded: path.join(directory, "sys"),
    installed: path.join(directory, "modules"),
  };
  mkdirSync(files.installed);
});
afterEach(() => rmSync(directory, { recursive: true }));

const sh = (script: string) => execFileSync("sh", ["-ec", script]);

/** With nodes in a directory of our own, of the kernel's real loop driver. */
describe("a device node", () => {
  it("that is missing, wrong, then right by the commands that are advised", async () => {
    const missing = checkLoop(await probeDriver(driver, files), false);
    expect(missing).toMatchObject({ status: "warn", message: expect.stringContaining("is not there") });
    sh(missing.command ?? "false");
    expect(checkLoop(await probeDriver(driver, files), false).status).toBe("pass");
    sh(`rm ${driver.node}; mknod ${driver.node} c 1 3`);
    const wrong = checkLoop(await probeDriver(driver, files), true);
    expect(wrong).toMatchObject({
      status: "fail",
      message: expect.stringContaining("is not the kernel's loop"),
    });
    sh(wrong.command ?? "false");
    expect(checkLoop(await probeDriver(driver, files), true).status).toBe("pass");
  });

  it("is not opened while its module is not loaded", async () => {
    sh(`mkdir -p ${path.dirname(driver.node)}; mknod ${driver.node} c 10 237`);
    const misc = path.join(directory, "misc");
    writeFileSync(misc, "200 tun\n");
    writeFileSync(path.join(files.installed, "modules.dep"), "kernel/drivers/block/loop.ko.xz:\n");
    const state = await probeDriver(driver, { ...files, misc });
    expect(state).toMatchObject({ minor: null, loadable: true, node: "right", refused: null });
    expect(checkLoop(state, false)).toMatchObject({
      status: "pass",
      message: expect.stringContaining("first used"),
    });
    writeFileSync(path.join(files.installed, "modules.dep"), "kernel/drivers/block/floppy.ko:\n");
    expect(checkLoop(await probeDriver(driver, { ...files, misc }), false)).toMatchObject({
      status: "warn",
      message: expect.stringContaining("the running kernel has no loop"),
    });
  });
});
