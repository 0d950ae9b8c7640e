/**
 * Puts the addon that was built (`node scripts/build.ts addon`) where a package carries it: `prebuilds/<platform>-<arch>/banger-vm.<libc>.node`,
 * as prebuildify lays it out; others that are there stay. Not by prebuildify itself: that downloads each Node's headers, and one Node-API
 * file serves them all. It says which libc the file needs.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { prebuiltAddon } from "./make/prebuilt.ts";

const top = path.resolve(import.meta.dirname, "..");
const built = path.join(top, "build/native/banger.node");

/** The newest symbol version of glibc that the file asks for; null of one for musl. */
function glibcNeeded(file: string): string | null {
  const { stdout, error } = spawnSync("objdump", ["-T", file], { encoding: "utf8" });
  if (error !== undefined) throw new Error(`objdump does not start: ${error.message}`);
  const versions = [...stdout.matchAll(/\bGLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [
    Number(major),
    Number(minor),
  ]);
  const [newest] = versions.sort(([a = 0, b = 0], [c = 0, d = 0]) => c - a || d - b);
  return newest === undefined ? null : newest.join(".");
}

function main(): void {
  // What does not load here is not shipped.
  createRequire(import.meta.url)(built);
  const file = path.join(top, prebuiltAddon());
  mkdirSync(path.dirname(file), { recursive: true });
  copyFileSync(built, `${file}.new`);
  renameSync(`${file}.new`, file);
  const needed = glibcNeeded(file);
  const needs = needed === null ? "musl" : `glibc ${needed} or later`;
  process.stderr.write(`prebuild: ${path.relative(top, file)}, which needs ${needs}\n`);
}

try {
  main();
} catch (error) {
  process.stderr.write(`prebuild: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
