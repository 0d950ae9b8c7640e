import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockDirectory } from "../../../src/state/lock.ts";

let directory = "";
let file = "";
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "bgr-lock-"));
  file = path.join(directory, "bangerd.lock");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const lock = (waitMs = 0) => lockDirectory(file, directory, { waitMs });

test("one holder at a time, also within one process; release is idempotent", async () => {
  const held = await lock();
  expect(statSync(file).mode & 0o7777).toBe(0o600);
  await expect(lock()).rejects.toMatchObject({ code: "ERR_DAEMON_RUNNING", details: { pid: process.pid } });
  await held.release();
  await held.release();
  expect(existsSync(`${file}.pid`)).toBe(false);
  await (await lock()).release();
});

test("another process's lock holds until it is killed, and nothing stale stays", async () => {
  const child = fork(path.join(import.meta.dirname, "lock-holder.ts"), [file]);
  await once(child, "message");
  await expect(lock()).rejects.toMatchObject({
    code: "ERR_DAEMON_RUNNING",
    message: expect.stringContaining(`pid ${child.pid}`),
  });
  const waiting = lock(10_000);
  child.kill("SIGKILL");
  await (await waiting).release();
});

test("a directory that is not there is an error of its own", async () => {
  rmSync(directory, { recursive: true });
  await expect(lock()).rejects.toMatchObject({ code: "ERR_LOCK_FAILED" });
});
