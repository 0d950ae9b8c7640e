import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildInfo } from "../../../src/shared/build-info.ts";
import { runCli } from "./support/cli.ts";
import { environmentIn, FakeDaemon, newDirectory, VM } from "./support/daemon.ts";

const PROGRAM = path.join(import.meta.dirname, "support/daemon-program.ts");

/** Above every pid that Linux gives. */
const GONE = 2 ** 22 + 1;

let directory: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  directory = await newDirectory();
  env = { ...environmentIn(directory), BANGER_DAEMON: PROGRAM };
});

afterEach(async () => {
  await runCli(["daemon", "stop"], { env });
  await rm(directory, { recursive: true, force: true });
});

const status = async () => JSON.parse((await runCli(["daemon", "status", "--json"], { env })).text);

describe("the daemon's life (DMN-1)", () => {
  it("is started by the first command that needs it, in a session of its own, and serves the next one", async () => {
    expect((await runCli(["vm", "list", "-q"], { env })).status).toBe(0);
    const { pid } = await status();
    await runCli(["vm", "list", "-q"], { env });
    expect((await status()).pid).toBe(pid);
    const stat = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
    expect(stat[3]).toBe(String(pid));
  });

  it("two commands at once end up with one daemon", async () => {
    const both = await Promise.all([0, 1].map(() => runCli(["vm", "list"], { env })));
    expect(both.map((done) => [done.status, done.stderr])).toEqual([
      [0, ""],
      [0, ""],
    ]);
  });

  it("start, status, stop", async () => {
    expect((await runCli(["daemon", "status"], { env })).status).toBe(1);
    const started = await runCli(["daemon", "start"], { env });
    expect(started.text).toMatch(/^started \(pid \d+\)\n$/);
    expect((await runCli(["daemon", "start"], { env })).text).toMatch(/^runs already \(pid \d+\)\n$/);
    expect((await runCli(["daemon", "status"], { env })).status).toBe(0);
    expect((await runCli(["daemon", "stop"], { env })).text).toBe("stopped\n");
    expect((await runCli(["daemon", "stop"], { env })).text).toBe("it does not run\n");
    expect(await status()).toMatchObject({ running: false });
  });

  it("stop takes away what one that was killed has left", async () => {
    const left = path.join(directory, "state/banger/host.json");
    await mkdir(path.dirname(left), { recursive: true });
    await writeFile(left, "{}");
    const sweeps = { ...env, TEST_DAEMON_SWEEPS: left };
    expect(await runCli(["daemon", "stop"], { env: sweeps })).toMatchObject({
      ...{ status: 0, text: "it did not run; what it had left is taken away\n", stderr: "" },
    });
    expect(existsSync(left)).toBe(false);
    expect(await status()).toMatchObject({ running: false });
    expect((await runCli(["daemon", "stop"], { env })).text).toBe("it does not run\n");
  });

  it("shows the daemon's own reason when it cannot start", async () => {
    const done = await runCli(["vm", "list"], { env: { ...env, TEST_DAEMON: "refuses" } });
    expect(done.status).toBe(1);
    expect(done.stderr).toBe("banger: not root\n  use sudo\n");
  });

  it.each(["dies", "babbles"])(
    "a daemon that %s at its start is an error that says so",
    async (behaviour) => {
      const done = await runCli(["vm", "list"], { env: { ...env, TEST_DAEMON: behaviour } });
      expect(done.status).toBe(1);
      expect(done.stderr).toContain("banger: the daemon could not be started: it ");
    },
  );

  it("a missing program is an error that names it", async () => {
    const done = await runCli(["vm", "list"], { env: { ...env, BANGER_DAEMON: "/nonexistent/bangerd.js" } });
    expect(done.status).toBe(1);
    expect(done.stderr).toContain("the daemon could not be started");
  });
});

describe("a daemon of another build", () => {
  const other = { ...buildInfo, version: "0.0.1" };

  it("is replaced when it has nothing in flight, said in one line", async () => {
    await using daemon = await FakeDaemon.open(
      { build: other, pid: GONE, handlers: { "daemon.stop": async () => stopLater(() => daemon) } },
      directory,
    );
    const done = await runCli(["vm", "list", "-q"], { env });
    expect(done.stderr).toBe("banger: the running daemon is of another build; replacing it (VMs run on)\n");
    expect(done.status).toBe(0);
    expect((await status()).build).toEqual(buildInfo);
    // The one of this test takes the directory away, with which the new one could be stopped.
    await runCli(["daemon", "stop"], { env });
  });

  it("is left alone while it is busy", async () => {
    await using daemon = await FakeDaemon.open({ build: other, isBusy: () => true }, directory);
    const done = await runCli(["vm", "list"], { env });
    expect(done.status).toBe(1);
    expect(done.stderr).toContain("an operation is in flight\n  try again");
    expect(daemon.paramsOf("daemon.stop")).toEqual([]);
  });

  it("daemon status names both", async () => {
    await using daemon = await FakeDaemon.open({ build: other }, directory);
    const done = await runCli(["daemon", "status"], { env: daemon.env });
    expect(done.text).toContain("0.0.1+sources");
    expect(done.text).toContain("this CLI is 0.0.0-dev+sources");
  });
});

describe("a daemon that is just stopping", () => {
  it("is waited for, and the command goes to the next one", async () => {
    const daemon = await FakeDaemon.open({}, directory);
    daemon.server.drain();
    const listed = runCli(["vm", "list", "-q"], { env });
    while (!daemon.refusals.includes("ERR_DAEMON_STOPPING"))
      await new Promise((resolve) => setTimeout(resolve, 10));
    await daemon.server.close(200);
    expect(await listed).toMatchObject({ status: 0, stderr: "" });
  });
});

describe("a daemon that was killed", () => {
  it("has its socket until its end: a command that came in between goes to the next one", async () => {
    await mkdir(path.join(directory, "run"), { recursive: true });
    const dying = net.createServer((socket) => {
      dying.close();
      socket.destroy();
    });
    await new Promise<void>((resolve) => dying.listen(path.join(directory, "run/bangerd.sock"), resolve));
    expect(await runCli(["vm", "list", "-q"], { env })).toMatchObject({ status: 0, stderr: "" });
    expect(await status()).toMatchObject({ running: true });
  });
});

describe("daemon logs", () => {
  it("prints the file, also while no daemon runs", async () => {
    const logs = path.join(directory, "state/banger/logs");
    await mkdir(logs, { recursive: true });
    await writeFile(path.join(logs, "daemon.log"), '{"msg":"one"}\n');
    const done = await runCli(["daemon", "logs"], { env });
    expect(done.text).toBe('{"msg":"one"}\n');
  });

  it("says when there is none", async () => {
    const done = await runCli(["daemon", "logs"], { env });
    expect(done.status).toBe(1);
    expect(done.stderr).toContain("there is no log yet");
  });
});

describe("completion asks a running daemon and starts none", () => {
  it("offers live names", async () => {
    await using daemon = await FakeDaemon.open({}, directory);
    daemon.vms.set(VM.id, VM);
    const done = await runCli(["__complete", "vm", "stop", "br"], { env: daemon.env });
    expect(done.text).toBe("brave-otter\trunning, debian-bookworm\n");
  });

  it("is silent without a daemon", async () => {
    const done = await runCli(["__complete", "vm", "stop", ""], { env });
    expect(done).toMatchObject({ status: 0, text: "", stderr: "" });
    expect(await status()).toMatchObject({ running: false });
  });
});

/** The answer goes out before the daemon does. */
async function stopLater(daemonOf: () => FakeDaemon): Promise<{ runningVms: number }> {
  setTimeout(() => void daemonOf().server.close(), 20);
  return { runningVms: 0 };
}
