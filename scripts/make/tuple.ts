import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { BuildInfo } from "../../src/shared/build-info.ts";

/** What the programs are made of. A commit that touches none of it makes no other build. */
const SOURCES = ["src", "native", "agent", "catalog", "package.json", "package-lock.json"];

/**
 * The build tuple (DMN-3), a pure function of the sources, so that building twice makes the same. In a clean checkout: the commit that
 * last touched them and its time. With changes: that commit, a digest of the changes, and the time of the newest changed file.
 */
export function buildTuple(top: string): BuildInfo {
  const { version } = JSON.parse(readFileSync(path.join(top, "package.json"), "utf8")) as { version: string };
  const [commit, committed] =
    git(top, "log", "-1", "--format=%h%n%cI", "--abbrev=12", "--", ...SOURCES)?.split("\n") ?? [];
  if (!commit || !committed) {
    const files = SOURCES.flatMap((source) => filesUnder(top, source));
    return { version, commit: `sources-${digest(top, files)}`, time: newest(top, files) };
  }
  const changed = (
    git(top, "status", "--porcelain=v1", "-z", "--no-renames", "-uall", "--", ...SOURCES) ?? ""
  )
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => line.slice(3));
  if (changed.length === 0) return { version, commit, time: iso(new Date(committed)) };
  return { version, commit: `${commit}-${digest(top, changed)}`, time: newest(top, changed) };
}

function git(top: string, ...args: string[]): string | null {
  try {
    return execFileSync("git", args, {
      cwd: top,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 1 << 26,
    }).trimEnd();
  } catch {
    return null;
  }
}

function filesUnder(top: string, source: string): string[] {
  if (statSync(path.join(top, source)).isFile()) return [source];
  return readdirSync(path.join(top, source), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(top, path.join(entry.parentPath, entry.name)))
    .sort();
}

function digest(top: string, files: string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0`).update(read(path.join(top, file)));
  return hash.digest("hex").slice(0, 8);
}

/** A deleted file counts as an empty one. */
function read(file: string): Buffer {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file) : Buffer.alloc(0);
}

function newest(top: string, files: string[]): string {
  const times = files.map((file) => statSync(path.join(top, file), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return iso(new Date(Math.max(...times)));
}

function iso(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}
