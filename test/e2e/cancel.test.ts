import { isDeepStrictEqual } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Inventory } from "./support/inventory.ts";
import { eventually, pause } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
let before: Inventory;

/** The daemon does it on its own time: a client that was killed waits for nothing. */
async function nothingLeft(): Promise<void> {
  await eventually(async () => isDeepStrictEqual(await sandbox.inventory(), before), "nothing is left").catch(
    () => undefined,
  );
  expect(await sandbox.inventory()).toEqual(before);
  expect(await sandbox.json("vm", "list", "--all")).toEqual([]);
}

/** A command that prints and then stays, in one process: dash loses a Ctrl-C that comes between its `echo` and its next command. */
const runForever = () =>
  sandbox.start(["vm", "run", "--rm", "--memory", "512M", "--", "tail", "-f", "/etc/os-release"]);
const STARTED = /VERSION_CODENAME/;

describe("cancelling (VM-5, RUN-4)", () => {
  beforeAll(async () => {
    sandbox = await Sandbox.open();
    // A first VM brings up what belongs to no VM (the anchor link).
    await sandbox.ok("vm", "run", "--rm", "--memory", "512M", "--", "true");
  });
  beforeEach(async () => {
    before = await sandbox.inventory();
  });
  afterEach(() => sandbox.deleteVms());
  afterAll(() => sandbox.close());

  it.each([0, 20, 60, 150, 400, 800])("Ctrl-C %i ms into the boot leaves nothing", async (afterMs) => {
    const running = runForever();
    await running.until(/spec:/);
    await pause(afterMs);
    running.child.kill("SIGINT");
    expect((await running.finished).status).toBe(130);
    await nothingLeft();
  });

  it("SIGTERM in the boot leaves nothing, and ends with 143", async () => {
    const running = runForever();
    await running.until(/vmm: /);
    running.child.kill("SIGTERM");
    expect((await running.finished).status).toBe(143);
    await nothingLeft();
  });

  it("Ctrl-C during the command reaches it, and the VM goes", async () => {
    const running = runForever();
    await running.until(STARTED);
    running.child.kill("SIGINT");
    expect((await running.finished).status).toBe(130);
    await nothingLeft();
  });

  it("SIGKILL of the CLI during the command leaves nothing", async () => {
    const running = runForever();
    await running.until(STARTED);
    running.child.kill("SIGKILL");
    await nothingLeft();
  });

  it("SIGKILL of the CLI during the boot leaves nothing", async () => {
    const running = runForever();
    await running.until(/vmm: /);
    running.child.kill("SIGKILL");
    await nothingLeft();
  });

  it("a client that goes away does not stop the boot of a VM that is to stay", async () => {
    const running = sandbox.start(["vm", "create", "--name", "stays", "--memory", "512M"]);
    await running.until(/vmm: /);
    running.child.kill("SIGKILL");
    await eventually(
      async () => (await sandbox.run(["vm", "exec", "stays", "--", "true"])).status === 0,
      "the VM boots",
    );
    await sandbox.ok("vm", "rm", "-f", "stays");
    await nothingLeft();
  });
});

describe("cancelling, and the daemon ends too (VM-5, VM-11, RUN-4)", () => {
  beforeEach(async () => {
    sandbox = await Sandbox.open();
  });
  afterEach(() => sandbox.close());

  it("SIGKILL of the CLI and of the daemon: the next daemon keeps the promise", async () => {
    const running = runForever();
    await running.until(STARTED);
    // The daemon must not live to see the CLI's end, which it would clean up after.
    await sandbox.killDaemon();
    running.child.kill("SIGKILL");
    await running.finished;
    await sandbox.ok("vm", "list");
    const after = await sandbox.inventory();
    expect(after.vms).toEqual([]);
    expect(after.processes.filter((line) => line.includes("qemu"))).toEqual([]);
    expect(after.links.filter((link) => link.startsWith("bgr"))).toEqual([]);
  });

  it("`daemon stop` waits for nobody's command: it refuses, and with --force takes the VM of `--rm` along", async () => {
    const running = runForever();
    await running.until(STARTED);
    const refused = await sandbox.run(["daemon", "stop"]);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toMatch(/in flight[\s\S]*--force/);
    await sandbox.ok("daemon", "stop", "--force");
    expect((await running.finished).status).toBe(125);
    const after = await sandbox.inventory();
    expect(after.processes.filter((line) => line.includes("qemu"))).toEqual([]);
    expect([after.vms, after.links]).toEqual([[], ["lo"]]);
  });
});
