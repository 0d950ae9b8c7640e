import { afterEach, describe, expect, it } from "vitest";
import { BangerError } from "../../../src/shared/errors.ts";
import { Cli, runCli } from "./support/cli.ts";
import { FakeDaemon, type FakeDaemonOptions, VM } from "./support/daemon.ts";

let daemon: FakeDaemon;

async function start(options: FakeDaemonOptions = {}): Promise<void> {
  daemon = await FakeDaemon.open(options);
}
afterEach(() => daemon[Symbol.asyncDispose]());

const run = (...args: string[]) => runCli(["vm", "run", ...args], { env: daemon.env });

describe("vm run -- command (RUN-1, RUN-2)", () => {
  it("says spec, VMM and stages on stderr, and leaves stdout to the command", async () => {
    await start();
    const done = await run("--", "sh", "-c", "echo out; exit 7");
    expect(done.status).toBe(7);
    expect(done.text).toBe("out\n");
    const lines = done.stderr.trimEnd().split("\n");
    expect(lines.slice(0, 2)).toEqual([
      "spec: 2 vcpu · 2048 MiB · 8G disk",
      "vmm: qemu with software emulation (a test)",
    ]);
    expect(lines[2]).toMatch(/^disks \([\d.]+m?s\)$/);
    expect(lines[3]).toMatch(/^guest \([\d.]+m?s\)$/);
    expect(lines).toHaveLength(4);
  });

  it("sends only what was passed (VM-6)", async () => {
    await start();
    await run("-q", "--", "true");
    await run(
      "--rm",
      "--name",
      "web",
      "--memory",
      "2G",
      "--vcpu",
      "3",
      "--disk-size",
      "9G",
      "--wait",
      "system",
      "--",
      "true",
    );
    expect(daemon.paramsOf("vm.create")).toEqual([
      {},
      {
        autoRemove: true,
        name: "web",
        memoryMib: 2048,
        vcpu: 3,
        diskSizeBytes: 9 * 2 ** 30,
        waitFor: "system",
      },
    ]);
  });

  it("--quiet says nothing", async () => {
    await start();
    expect((await run("--quiet", "--", "true")).stderr).toBe("");
  });

  it("without --rm the VM stays; the reminder is for a terminal only", async () => {
    await start();
    const done = await run("--", "true");
    expect(daemon.vms.size).toBe(1);
    expect(done.stderr).not.toContain("still running");
  });

  it("a shell without --rm ends with the reminder (RUN-3)", async () => {
    await start();
    const done = await runCli(["vm", "run"], { env: daemon.env, input: "exit 4\n" });
    expect(done.status).toBe(4);
    expect(done.stderr).toContain("brave-otter is still running (stop with `banger vm stop brave-otter`)\n");
  });
});

describe("--rm (RUN-4)", () => {
  it.each([
    ["exit 0", 0],
    ["exit 7", 7],
    ["kill -9 $$", 137],
  ])("after '%s' the VM is deleted before the CLI ends, with status %i", async (script, status) => {
    await start();
    const done = await run("--rm", "--", "sh", "-c", script);
    expect(done.status).toBe(status);
    expect(daemon.paramsOf("vm.delete")).toEqual([{ refs: [VM.id], force: true }]);
    expect(daemon.vms.size).toBe(0);
    expect(done.stderr).not.toContain("still running");
  });

  it("after a missing program too", async () => {
    await start();
    expect((await run("--rm", "--", "no-such-program")).status).toBe(127);
    expect(daemon.vms.size).toBe(0);
  });

  it("after a signal to the command too", async () => {
    await start();
    const cli = new Cli(["vm", "run", "--rm", "--", "sh", "-c", "echo up; sleep 1000"], { env: daemon.env });
    await cli.until(/up/);
    cli.child.kill("SIGTERM");
    expect((await cli.finished).status).toBe(143);
    expect(daemon.vms.size).toBe(0);
  });

  it("SIGKILL of the CLI leaves it to the daemon", async () => {
    await start();
    const cli = new Cli(["vm", "run", "--rm", "--", "sh", "-c", "echo up; sleep 1000"], { env: daemon.env });
    await cli.until(/up/);
    cli.child.kill("SIGKILL");
    while (daemon.vms.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(daemon.paramsOf("vm.delete")).toEqual([]);
  });

  it("a delete that fails is said beside the command's status", async () => {
    await start({
      handlers: {
        "vm.delete": async () => {
          throw new BangerError("ERR_TEST", "the disk is busy", { next: "try again" });
        },
      },
    });
    const done = await run("--rm", "--", "sh", "-c", "exit 7");
    expect(done.status).toBe(7);
    expect(done.stderr).toContain("banger: the disk is busy\n  try again\n");
  });

  it("a guest that never answered is kept: nothing is deleted, and the error says what it says", async () => {
    await start({
      boot: async () => {
        throw new BangerError("ERR_GUEST_TIMEOUT", "web did not answer; the VM is still there", {
          next: "read its console",
        });
      },
    });
    const done = await run("--rm", "--", "true");
    expect(done.status).toBe(125);
    expect(done.stderr).toContain("banger: web did not answer; the VM is still there\n  read its console\n");
    expect(done.stderr).toContain("guest failed");
    expect(daemon.paramsOf("vm.delete")).toEqual([]);
  });
});
