import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually, type Running } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.open();
});

afterEach(() => sandbox.deleteVms());
afterAll(() => sandbox.close());

const stateOf = async (vm: string) => (await sandbox.json<{ state: string }>("vm", "show", vm)).state;

describe("several VMs at once (VM-3)", () => {
  it("each is done though one fails, in the order in which they were named", async () => {
    const names = ["c", "a", "b"];
    for (const name of names) await sandbox.ok("vm", "create", "--no-start", "--name", name);
    const done = await sandbox.run(["vm", "set", "--vcpu", "1", "c", "nope", "a", "b", "c"]);
    expect([done.status, done.stdout.toString()]).toEqual([1, "c\na\nb\n"]);
    expect(done.stderr).toContain('there is no VM "nope"');
    expect(await sandbox.ok("vm", "rm", "-f", ...names)).toBe("c\na\nb\n");
  });
});

it("who follows a console is told that the daemon was stopped, and that the VM was not (VM-12)", async () => {
  await sandbox.ok("vm", "create", "--no-start", "--name", "quiet");
  const { id } = await sandbox.json<{ id: string }>("vm", "show", "quiet");
  await writeFile(path.join(sandbox.state, "vms", id, "console.log"), "said before\n");
  const following = sandbox.start(["vm", "logs", "-f", "quiet"]);
  await following.until(/said before/);
  await sandbox.ok("daemon", "stop");
  const { status, stderr } = await following.finished;
  expect([status, stderr]).toEqual([1, expect.stringContaining("`banger vm logs -f quiet` starts a daemon")]);
  await sandbox.ok("vm", "rm", "-f", "quiet");
});

describe("operations (VM-5)", () => {
  it("a create whose client is killed goes on, is listed, and can be watched by somebody else", async () => {
    // A host that stands still just then finds the boot done: another one, then.
    const begun = await eventually(async () => {
      await sandbox.deleteVms();
      const creating = sandbox.start(["vm", "create", "--name", "alone", "--memory", "512M"]);
      await creating.until(/vmm: /);
      creating.child.kill("SIGKILL");
      const running = /^(\w+) +vm\.create +alone +running/m;
      return running.exec(await sandbox.ok("operation", "list"))?.[1] ?? null;
    }, "a create without a client is seen while it runs");
    const watched = await sandbox.run(["operation", "watch", begun]);
    expect([watched.status, watched.stdout.toString()]).toEqual([0, "alone\n"]);
    expect(watched.stderr).toMatch(/spec: [\s\S]*guest \(/);
    expect(await stateOf("alone")).toBe("running");
    await sandbox.ok("vm", "rm", "-f", "alone");
  });

  it("is cancelled by its id, and nothing is left", async () => {
    const create = ["vm", "create", "--detach", "--name", "never", "--memory", "512M"];
    const { operation, watched } = await eventually(async () => {
      await sandbox.deleteVms();
      const operation = (await sandbox.ok(...create)).trim();
      const watching = sandbox.start(["operation", "watch", operation]);
      await watching.until(/spec:/);
      const { status } = await sandbox.run(["operation", "cancel", operation]);
      const watched = await watching.finished;
      return status === 0 && { operation, watched };
    }, "a create is cancelled while it runs");
    expect(watched).toMatchObject({ status: 1, stderr: expect.stringContaining("cancelled") });
    expect(await sandbox.json("vm", "list", "--all")).toEqual([]);
    expect((await sandbox.run(["operation", "cancel", operation])).status).toBe(1);
  });

  it("Ctrl-C ends what a start has booted, and the wait of a stop, which holds up no `daemon stop --force` either", async () => {
    await sandbox.ok("vm", "create", "--no-start", "--name", "slow", "--memory", "512M");
    const starting = sandbox.start(["vm", "start", "slow"]);
    await starting.until(/vmm \(/);
    starting.child.kill("SIGINT");
    expect(await starting.finished).toMatchObject({
      status: 130,
      stderr: expect.stringMatching(/cancelled$/m),
    });
    expect(await stateOf("slow")).toBe("stopped");
    expect((await sandbox.inventory()).processes.filter((line) => line.includes("qemu"))).toEqual([]);

    await sandbox.ok("vm", "start", "slow");
    const { pid } = await sandbox.json<{ pid: number }>("vm", "show", "slow");
    // A guest that does not shut down.
    process.kill(pid, "SIGSTOP");
    try {
      for (const end of [
        async (stop: Running) => void stop.child.kill("SIGINT"),
        async () => void (await sandbox.ok("daemon", "stop", "--force")),
      ]) {
        const stopping = sandbox.start(["vm", "stop", "--timeout", "24h", "slow"]);
        await eventually(async () => (await stateOf("slow")) === "stopping", "the stop waits");
        await end(stopping);
        expect((await stopping.finished).status).not.toBe(0);
        expect(await stateOf("slow")).toBe("running");
      }
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await sandbox.ok("vm", "rm", "-f", "slow");
  });
});
