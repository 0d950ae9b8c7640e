import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Cli, runCli } from "./support/cli.ts";
import { FakeDaemon, VM } from "./support/daemon.ts";

let daemon: FakeDaemon;

beforeEach(async () => {
  daemon = await FakeDaemon.open();
  daemon.vms.set(VM.id, VM);
});
afterEach(() => daemon[Symbol.asyncDispose]());

const exec = (args: string[], input: Buffer | string = "", env: NodeJS.ProcessEnv = {}) =>
  runCli(["vm", "exec", ...args], { env: { ...daemon.env, ...env }, input });
const sh = (script: string) => exec([VM.name, "--", "sh", "-c", script]);

describe("status (RUN-2)", () => {
  it.each([
    ["exit 0", 0],
    ["exit 7", 7],
    ["exit 255", 255],
    ["kill -9 $$", 137],
    ["kill -TERM $$", 143],
  ])("sh -c '%s' ends with %i", async (script, status) => {
    expect((await sh(script)).status).toBe(status);
  });

  it("a missing program is 127 and said", async () => {
    const done = await exec([VM.name, "--", "no-such-program"]);
    expect(done.status).toBe(127);
    expect(done.stderr).toBe("banger: no-such-program: not found\n");
  });

  it("an unknown VM is 125, with the daemon's sentence and next step", async () => {
    const done = await exec(["nope", "--", "true"]);
    expect(done.status).toBe(125);
    expect(done.stderr).toBe('banger: there is no VM "nope"\n  look again\n');
  });

  it("a command line that makes no sense is 125: 2 could be the guest's", async () => {
    expect((await exec(["--frob", VM.name, "true"])).status).toBe(125);
  });

  it("--timeout ends the command with 124", async () => {
    const done = await exec(["--timeout", "200ms", VM.name, "--", "sleep", "1000"]);
    expect(done.status).toBe(124);
    // On a slow host its end may come after the next step of the same.
    expect(daemon.told.signals[0]).toBe(15);
  });

  it("--timeout gets past a command that ignores SIGTERM", async () => {
    const script = "trap '' TERM; while :; do sleep 0.1; done";
    // Time enough for the trap.
    const done = await exec(["--timeout", "5s", VM.name, "--", "sh", "-c", script]);
    expect(done.status).toBe(124);
    expect(daemon.told.signals).toEqual([15, 9]);
  });

  it("a connection that is lost is an error, not a status of the command", async () => {
    const cli = new Cli(["vm", "exec", VM.name, "--", "sh", "-c", "echo up; sleep 1000"], {
      env: daemon.env,
      input: null,
    });
    await cli.until(/up/);
    await daemon.server.close();
    const done = await cli.finished;
    expect(done.status).toBe(125);
    expect(done.stderr).toContain("the connection to the daemon was lost");
  });
});

describe("streams", () => {
  it("keeps stdout and stderr apart, and adds nothing", async () => {
    const done = await sh("echo out; echo err >&2; echo out2");
    expect(done.text).toBe("out\nout2\n");
    expect(done.stderr).toBe("err\n");
  });

  it("64 MiB come back byte for byte, with stdin half-closed, in flat memory", async () => {
    const bytes = randomBytes(64 * 2 ** 20);
    const cli = new Cli(["vm", "exec", VM.name, "--", "sh", "-c", "cat; echo end >&2"], {
      env: daemon.env,
      input: bytes,
    });
    let peak = 0;
    cli.child.stdout?.on("data", () => {
      peak = Math.max(peak, residentBytes(cli.child.pid));
    });
    const done = await cli.finished;
    expect(done.stderr).toBe("end\n");
    expect(done.status).toBe(0);
    expect(done.stdout.equals(bytes)).toBe(true);
    expect(peak).toBeLessThan(220 * 2 ** 20);
  });

  it("a slow reader holds the command back", async () => {
    const cli = new Cli(
      ["vm", "exec", VM.name, "--", "sh", "-c", "head -c 200000000 /dev/zero; echo done >&2"],
      {
        env: daemon.env,
      },
    );
    cli.child.stdout?.pause();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(cli.output).not.toContain("done");
    expect(residentBytes(cli.child.pid)).toBeLessThan(220 * 2 ** 20);
    cli.child.stdout?.destroy();
    expect((await cli.finished).status).toBe(141);
  });

  it("a reader that goes away ends the command, without a stack", async () => {
    const cli = new Cli(["vm", "exec", VM.name, "--", "yes"], { env: daemon.env });
    await cli.until(/y/);
    cli.child.stdout?.destroy();
    const done = await cli.finished;
    expect(done.status).toBe(141);
    expect(done.stderr).toBe("");
  });

  it("a stdin that stays open does not keep an ended command", async () => {
    const cli = new Cli(["vm", "exec", VM.name, "--", "true"], { env: daemon.env, input: null });
    expect((await cli.finished).status).toBe(0);
  });
});

function residentBytes(pid: number | undefined): number {
  const status = readStatus(pid);
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

function readStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}
