import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import type { RpcClient } from "../../../src/rpc/client.ts";
import { RpcClient as Client } from "../../../src/rpc/client.ts";
import { buildInfo } from "../../../src/shared/build-info.ts";
import { COMPILED } from "../../support/compiled.ts";
import { type Place, place } from "./fixtures.ts";

const BANGERD = path.resolve(import.meta.dirname, "../../../src/bin/bangerd.ts");

interface Started {
  readonly child: ChildProcess;
  /** The one line on descriptor 3. */
  readonly said: Record<string, unknown>;
}

/** Starts bangerd from the sources as the CLI does, in a network namespace of its own: it must not meet this host's links. */
async function bangerd(here: Place, options: { uid?: number } = {}): Promise<Started> {
  const child = spawn(
    "unshare",
    [
      "-n",
      ...(options.uid === undefined ? [] : ["setpriv", `--reuid=${options.uid}`, "--clear-groups"]),
      process.execPath,
      BANGERD,
    ],
    {
      cwd: "/",
      detached: true,
      env: { ...COMPILED, PATH: process.env.PATH, HOME: here.root, ...here.env },
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    },
  );
  return { child, said: JSON.parse(await text(child.stdio[3] as Readable)) };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<(number | string | null)[]> {
  const exit = once(child, "exit");
  child.kill(signal);
  return await exit;
}

const connect = (here: Place): Promise<RpcClient> => Client.connect(here.dirs.socket, { build: buildInfo });

test("says that it is ready, serves, and ends on SIGTERM with nothing left", async () => {
  await using here = place();
  const { child, said } = await bangerd(here);
  expect(said).toEqual({ ready: true });
  const client = await connect(here);
  expect(await client.call("daemon.status", {})).toMatchObject({ pid: child.pid, runningVms: 0 });
  expect(await client.call("vm.list", { all: true })).toEqual({ vms: [] });
  expect(await end(child, "SIGTERM")).toEqual([0, null]);
  await client.closed;
  expect(existsSync(here.dirs.socket)).toBe(false);
  expect(statSync(here.dirs.stateFile).mode & 0o7777).toBe(0o600);
});

test("daemon.stop ends it", async () => {
  await using here = place();
  const { child } = await bangerd(here);
  const exit = once(child, "exit");
  const client = await connect(here);
  expect(await client.call("daemon.stop", {})).toEqual({ runningVms: 0, publishedPorts: 0 });
  expect(await exit).toEqual([0, null]);
  await client.closed;
});

test("after SIGKILL nothing is in the way of the next one", async () => {
  await using here = place();
  const first = await bangerd(here);
  expect(await end(first.child, "SIGKILL")).toEqual([null, "SIGKILL"]);
  expect(existsSync(here.dirs.socket)).toBe(true);
  const second = await bangerd(here);
  expect(second.said).toEqual({ ready: true });
  await end(second.child, "SIGTERM");
});

test("a second daemon says who is there, and leaves it alone", async () => {
  await using here = place();
  const first = await bangerd(here);
  const second = await bangerd(here);
  expect(second.said).toMatchObject({
    error: { code: "ERR_DAEMON_RUNNING", message: expect.stringContaining(`pid ${first.child.pid}`) },
  });
  await (await connect(here)).close();
  await end(first.child, "SIGINT");
});

test("not being root, and a wrong config file, are said by whoever started it", async () => {
  await using here = place();
  chmodSync(here.root, 0o755);
  const { said } = await bangerd(here, { uid: 65_534 });
  expect(said).toMatchObject({ error: { code: "ERR_NOT_ROOT", next: expect.stringContaining("sudo") } });
  mkdirSync(here.dirs.config, { recursive: true });
  writeFileSync(here.dirs.configFile, 'vmm = "xen"');
  const wrong = await bangerd(here);
  expect(wrong.said).toMatchObject({
    error: { code: "ERR_CONFIG_INVALID", message: expect.stringContaining('"firecracker"') },
  });
});

test("a hang-up of the terminal does not end it", async () => {
  await using here = place();
  const { child } = await bangerd(here);
  child.kill("SIGHUP");
  const client = await connect(here);
  expect(await client.call("daemon.status", {})).toMatchObject({ pid: child.pid });
  await client.close();
  expect(await end(child, "SIGTERM")).toEqual([0, null]);
  expect(readFileSync(here.dirs.daemonLog, "utf8")).toContain('"msg":"stopped"');
});
