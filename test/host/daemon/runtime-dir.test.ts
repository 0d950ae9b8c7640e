import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureRuntimeDirectory } from "../../../src/daemon/runtime-dir.ts";
import { HostFiles } from "../../../src/host/file.ts";

const OWNER = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
let root = "";
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "bgr-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const ensure = (runtime: string) => ensureRuntimeDirectory(new HostFiles(), { runtime }, OWNER);
const modeOf = (file: string) => statSync(file).mode & 0o7777;

test("is made private with its parents, again and again", async () => {
  const runtime = path.join(root, "a/b");
  await ensure(runtime);
  await ensure(runtime);
  expect(modeOf(runtime)).toBe(0o700);
  expect(modeOf(path.join(runtime, "vms"))).toBe(0o700);
});

test("a loose mode is tightened", async () => {
  const runtime = path.join(root, "r");
  mkdirSync(path.join(runtime, "vms"), { recursive: true });
  chmodSync(runtime, 0o1777);
  chmodSync(path.join(runtime, "vms"), 0o777);
  await ensure(runtime);
  expect(modeOf(runtime)).toBe(0o700);
  expect(modeOf(path.join(runtime, "vms"))).toBe(0o700);
});

test("a symbolic link is refused, also to a directory that would do", async () => {
  const target = path.join(root, "target");
  mkdirSync(target, { mode: 0o755 });
  const runtime = path.join(root, "r");
  symlinkSync(target, runtime);
  await expect(ensure(runtime)).rejects.toMatchObject({
    code: "ERR_RUNTIME_DIR_UNSAFE",
    message: `${runtime} is a symbolic link`,
  });
  expect(modeOf(target)).toBe(0o755);
});

test("a symbolic link inside is refused too", async () => {
  const runtime = path.join(root, "r");
  mkdirSync(runtime);
  symlinkSync("/etc", path.join(runtime, "vms"));
  await expect(ensure(runtime)).rejects.toMatchObject({ code: "ERR_RUNTIME_DIR_UNSAFE" });
});

test("a file is refused", async () => {
  const runtime = path.join(root, "r");
  writeFileSync(runtime, "");
  await expect(ensure(runtime)).rejects.toMatchObject({ message: `${runtime} is not a directory` });
});

test("another user's directory is refused and left as it is", async () => {
  const runtime = path.join(root, "r");
  mkdirSync(runtime);
  chownSync(runtime, 4711, 4711);
  chmodSync(runtime, 0o777);
  await expect(ensure(runtime)).rejects.toMatchObject({
    code: "ERR_RUNTIME_DIR_UNSAFE",
    message: `${runtime} belongs to uid 4711, not to uid ${OWNER.uid}`,
    next: expect.stringContaining(runtime),
  });
  expect(statSync(runtime)).toMatchObject({ uid: 4711, mode: 0o40777 });
});

test("a path whose sockets would not fit into an address is refused", async () => {
  const runtime = path.join(root, "x".repeat(60));
  await expect(ensure(runtime)).rejects.toMatchObject({ code: "ERR_RUNTIME_DIR_TOO_LONG" });
});
