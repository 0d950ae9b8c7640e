import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { expect, test } from "vitest";
import { BangerError } from "../../../src/shared/errors.ts";
import { place } from "./fixtures.ts";

test("a daemon serves its status on a socket that only its owner can reach", async () => {
  await using here = place();
  await here.start({ runningVms: () => 2, operationsInFlight: () => 1 });
  const client = await here.connect();
  expect(await client.call("daemon.status", {})).toMatchObject({
    build: { version: "1.2.3", commit: "abc" },
    pid: process.pid,
    socket: here.dirs.socket,
    stateDirectory: here.dirs.state,
    log: here.dirs.daemonLog,
    operations: 1,
    runningVms: 2,
  });
  await client.close();
  expect(statSync(here.dirs.socket).mode & 0o7777).toBe(0o600);
  for (const directory of [here.dirs.state, here.dirs.runtime, here.dirs.logs]) {
    expect(statSync(directory).mode & 0o7777).toBe(0o700);
  }
});

test("a daemon that has stopped leaves no socket and no lock, and another takes its place", async () => {
  await using here = place();
  const first = await here.start();
  await first.stop({ force: false });
  expect(existsSync(here.dirs.socket)).toBe(false);
  await here.start();
  await (await here.connect()).close();
});

test("two daemons cannot run on one state directory, whatever their runtime directories", async () => {
  await using here = place();
  await here.start();
  const runtime = path.join(here.root, "r2");
  const dirs = { ...here.dirs, runtime, socket: path.join(runtime, "bangerd.sock") };
  await expect(here.start({}, { dirs, lockWaitMs: 100 })).rejects.toMatchObject({
    code: "ERR_DAEMON_RUNNING",
    message: expect.stringContaining(`(pid ${process.pid})`),
  });
  await (await here.connect()).close();
});

test("two state directories cannot share one runtime directory", async () => {
  await using here = place();
  await here.start();
  const state = path.join(here.root, "s2");
  const dirs = {
    ...here.dirs,
    state,
    logs: path.join(state, "logs"),
    stateFile: path.join(state, "state.db"),
  };
  await expect(here.start({}, { dirs })).rejects.toMatchObject({ code: "ERR_DAEMON_RUNNING" });
  await (await here.connect()).close();
});

test.each<[string, Parameters<ReturnType<typeof place>["start"]>]>([
  ["composing", [{}, { compose: () => Promise.reject(new BangerError("ERR_TEST", "no services")) }]],
  ["reconciling", [{ reconcile: () => Promise.reject(new BangerError("ERR_TEST", "cannot look")) }]],
])("a start that fails at %s undoes everything, and the next one works", async (_, [services, input]) => {
  await using here = place();
  await expect(here.start(services, input)).rejects.toMatchObject({ code: "ERR_TEST" });
  expect(existsSync(here.dirs.socket)).toBe(false);
  await here.start();
  await (await here.connect()).close();
});

test("a start that cannot listen closes its services and undoes the rest", async () => {
  await using here = place();
  mkdirSync(here.dirs.socket, { recursive: true });
  let closed = 0;
  const close = async () => {
    closed += 1;
  };
  await expect(here.start({ close })).rejects.toMatchObject({ code: "ERR_SOCKET_FAILED" });
  expect(closed).toBe(1);
});

test("a wrong config file is the error of the start, before anything is made", async () => {
  await using here = place();
  mkdirSync(here.dirs.config, { recursive: true });
  writeFileSync(here.dirs.configFile, "vnm = 1");
  await expect(here.start()).rejects.toMatchObject({ code: "ERR_CONFIG_INVALID" });
  expect(existsSync(here.dirs.state)).toBe(false);
});

test("a stop waits for operations in flight, serving their watchers, and takes nothing new", async () => {
  await using here = place();
  let operations = 1;
  const daemon = await here.start({ operationsInFlight: () => operations });
  const client = await here.connect();
  const stopping = daemon.stop({ force: false });
  await expect(client.call("vm.list", {})).rejects.toMatchObject({ code: "ERR_DAEMON_STOPPING" });
  expect((await client.call("daemon.status", {})).operations).toBe(1);
  operations = 0;
  await stopping;
  await client.closed;
});

test("a stop does not wait for ever: what does not end is cancelled by closing the services", async () => {
  await using here = place();
  let cancelled = false;
  const close = async () => {
    cancelled = true;
  };
  const daemon = await here.start({ operationsInFlight: () => 1, close }, { finishMs: 50 });
  await daemon.stop({ force: false });
  expect(cancelled).toBe(true);
});

test("daemon.stop is refused while operations are in flight, unless forced", async () => {
  await using here = place();
  const requests: { force: boolean }[] = [];
  await here.start(
    { operationsInFlight: () => 2, runningVms: () => 3 },
    { onStopRequest: (request) => requests.push(request) },
  );
  const client = await here.connect();
  await expect(client.call("daemon.stop", {})).rejects.toMatchObject({
    code: "ERR_DAEMON_BUSY",
    message: "2 operations are in flight",
    next: expect.stringContaining("--force"),
  });
  expect(requests).toEqual([]);
  expect(await client.call("daemon.stop", { force: true })).toEqual({ runningVms: 3, publishedPorts: 0 });
  // The request comes right after the reply was written.
  await client.call("daemon.status", {});
  expect(requests).toEqual([{ force: true }]);
  await client.close();
});

test("a socket that a killed daemon left is replaced; one that somebody serves is not", async () => {
  await using here = place();
  mkdirSync(here.dirs.runtime, { recursive: true, mode: 0o700 });
  const other = net.createServer();
  await new Promise<void>((resolve) => other.listen(here.dirs.socket, resolve));
  await expect(here.start()).rejects.toMatchObject({ code: "ERR_SOCKET_IN_USE" });
  await new Promise((resolve) => other.close(resolve));
  // Node unlinks on close; a killed process does not.
  const left = net.createServer();
  await new Promise<void>((resolve) => left.listen(here.dirs.socket, resolve));
  const { linkSync, renameSync } = await import("node:fs");
  linkSync(here.dirs.socket, `${here.dirs.socket}.kept`);
  await new Promise((resolve) => left.close(resolve));
  renameSync(`${here.dirs.socket}.kept`, here.dirs.socket);
  expect(statSync(here.dirs.socket).isSocket()).toBe(true);
  await here.start();
  await (await here.connect()).close();
});

test("the log is JSON with level, time and sentence, and has no secret in it", async () => {
  await using here = place();
  const daemon = await here.start();
  const secret = "5ec4e75ec4e75ec4e75ec4e75ec4e75e";
  daemon.logger.info(
    { bootToken: secret, handles: { bootToken: secret }, a: { b: { token: secret } } },
    "made",
  );
  const err = new BangerError("ERR_TEST", "it failed", { cause: new Error("deeper") });
  daemon.logger.error({ err }, "oh");
  const text = readFileSync(here.dirs.daemonLog, "utf8");
  expect(text).not.toContain(secret);
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.at(-2)).toMatchObject({
    level: "info",
    msg: "made",
    time: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  expect(lines.at(-1)).toMatchObject({
    level: "error",
    err: { code: "ERR_TEST", stack: expect.stringContaining("deeper") },
  });
  expect(statSync(here.dirs.daemonLog).mode & 0o7777).toBe(0o600);
});
