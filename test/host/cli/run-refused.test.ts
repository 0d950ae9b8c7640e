import { afterEach, describe, expect, it } from "vitest";
import type { OperationContext } from "../../../src/services/operations.ts";
import { Cli, runCli } from "./support/cli.ts";
import { FakeDaemon, type FakeDaemonOptions } from "./support/daemon.ts";

let daemon: FakeDaemon;

async function start(options: FakeDaemonOptions = {}): Promise<void> {
  daemon = await FakeDaemon.open(options);
}
afterEach(() => daemon[Symbol.asyncDispose]());

const run = (...args: string[]) => runCli(["vm", "run", ...args], { env: daemon.env });

/** A boot that lasts until it is cancelled. */
const forever = ({ signal }: OperationContext) =>
  new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("signals while it boots (VM-5)", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s cancels, waits, and ends with %i", async (signal, status) => {
    await start({ boot: forever });
    const cli = new Cli(["vm", "run", "--", "true"], { env: daemon.env });
    await cli.until(/disks/);
    cli.child.kill(signal);
    const done = await cli.finished;
    expect(done.status).toBe(status);
    expect(done.stderr).toContain("cancelled; nothing is left\n");
    expect(daemon.paramsOf("operation.cancel")).toHaveLength(1);
    expect(daemon.told.starts).toEqual([]);
  });

  it("a second Ctrl-C ends the CLI at once", async () => {
    await start({ boot: () => new Promise(() => undefined) });
    const cli = new Cli(["vm", "run", "--", "true"], { env: daemon.env });
    await cli.until(/disks/);
    cli.child.kill("SIGINT");
    await cli.until(/cancelling/);
    cli.child.kill("SIGINT");
    expect((await cli.finished).status).toBe(130);
  });

  it("a cancel that comes too late deletes what was made", async () => {
    const asked = Promise.withResolvers<void>();
    await start({
      boot: () => asked.promise,
      handlers: {
        "operation.cancel": async () => {
          asked.resolve();
          return { cancelled: false };
        },
      },
    });
    const cli = new Cli(["vm", "create"], { env: daemon.env });
    await cli.until(/disks/);
    cli.child.kill("SIGINT");
    const done = await cli.finished;
    expect(done.status).toBe(130);
    expect(done.stdout.toString()).toBe("");
    expect(daemon.vms.size).toBe(0);
  });
});

describe("refused before anything is made", () => {
  it.each([
    [["/nonexistent"], /\/nonexistent is not a directory/],
    [["/"], /\/ is not in a git checkout/],
    [["--branch", "x"], /--branch needs a path/],
    [["--dry-run"], /--dry-run needs a path/],
    [["--from", "x", "."], /--from needs --branch/],
    [["--mode", "deep", "."], /--mode "deep" is neither shallow nor full_copy/],
    [["--net", "some"], /--net "some" is neither none, public nor full/],
    [["-p", "80:http"], /--publish "80:http": "http" is no port/],
    [["--memory", "0"], /--memory cannot be 0/],
    [["--memory", "12x"], /--memory "12x" is not a size/],
    [["--memory", "1.5G"], /--memory "1.5G" is not a size/],
    [["--memory", "-1G"], /--memory "-1G" is not a size/],
    [["--memory", "1K"], /not a whole number of MiB/],
    [["--vcpu", "0"], /--vcpu "0" is not a whole number from 1 up/],
    [["--vcpu", "1.5"], /--vcpu "1.5"/],
    [["--disk-size", "0G"], /--disk-size cannot be 0/],
    [["--system-overlay-size", "x"], /--system-overlay-size "x" is not a size/],
    [["--name", "Web_1"], /cannot be the name of a VM/],
    [["--timeout", "soon", "--", "true"], /--timeout "soon" is not a duration/],
    [["--wait", "ssh"], /neither agent nor system/],
    [["-e", "=x", "--", "true"], /names no variable/],
    [["--env-file", "/nonexistent", "--", "true"], /--env-file \/nonexistent cannot be read/],
  ])("vm run %j", async (args, message) => {
    await start();
    const done = await run(...args);
    expect(done.status).toBe(125);
    expect(done.stderr).toMatch(message);
    expect(done.stderr).toMatch(/^banger: [^\n]+\n {2}[^\n]+\n$/);
    expect(daemon.calls).toEqual([]);
  });
});
