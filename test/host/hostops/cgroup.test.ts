import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadAddon } from "../../../src/host/linux/addon.ts";
import { LinuxCgroup } from "../../../src/host/linux/cgroup.ts";

const ALL = "cpu memory pids\n";
/** With it and a name of 64 the leaf has a path of 4,090 bytes, and `memory.max` in it one that no file can have. */
const ROOT_BYTES = 4018;

let top = "";
beforeEach(() => {
  top = mkdtempSync(path.join(os.tmpdir(), "banger-cgroup-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

/** Ordinary files, where a mount of cgroup v2 is said to be. */
function cgroups(root: string): LinuxCgroup {
  mkdirSync(path.join(root, "banger"), { recursive: true });
  writeFileSync(path.join(root, "cgroup.controllers"), ALL);
  for (const parent of [root, path.join(root, "banger")])
    writeFileSync(path.join(parent, "cgroup.subtree_control"), ALL);
  const mountinfo = path.join(top, "mountinfo");
  writeFileSync(mountinfo, `26 1 0:23 / ${root} rw - cgroup2 cgroup2 rw\n`);
  return new LinuxCgroup(loadAddon(), mountinfo);
}

function deepRoot(): string {
  let root = top;
  while (ROOT_BYTES - root.length > 201) root += `/${"d".repeat(100)}`;
  return `${root}/${"e".repeat(ROOT_BYTES - root.length - 1)}`;
}

it("a leaf whose limits cannot be set is taken away again, one that was there is not", async () => {
  const root = deepRoot();
  const cgroup = cgroups(root);
  const name = "n".repeat(64);
  const leaf = path.join(root, "banger", name);
  const limits = { memoryMaxBytes: 1n };
  await expect(cgroup.create(name, limits)).rejects.toMatchObject({ errnoCode: "ENAMETOOLONG" });
  expect(existsSync(leaf)).toBe(false);
  mkdirSync(leaf);
  await expect(cgroup.create(name, limits)).rejects.toMatchObject({ errnoCode: "ENAMETOOLONG" });
  expect(existsSync(leaf)).toBe(true);
});

it("limits that are none are refused before there is a leaf", async () => {
  const cgroup = cgroups(path.join(top, "root"));
  await expect(cgroup.create("a", { memoryMaxBytes: 1n, pidsMax: -1 })).rejects.toMatchObject({
    code: "ERR_HOST_INVALID",
  });
  expect(existsSync(path.join(top, "root/banger/a"))).toBe(false);
});
