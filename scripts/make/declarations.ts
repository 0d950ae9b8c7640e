import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** The tsconfig's own, but for what has it write declarations, and nothing else. */
const OPTIONS = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly"];

/** A module that a declaration names, relative to it: `import … from "./x.ts"`, `import("../x.ts")`. */
const RELATIVE = /(\bfrom |\bimport\(|^import )"(\.{1,2}\/[^"]+)\.ts"/gm;

/**
 * The declarations of what `entries` (below src/) say, and of all that these name, written below `target` as in src/. They name each
 * other as `.js`, which every `moduleResolution` of today understands.
 */
export function makeDeclarations(top: string, entries: readonly string[], target: string): void {
  mkdirSync(path.join(top, "build/meta"), { recursive: true });
  const emitted = mkdtempSync(path.join(top, "build/meta/types-"));
  try {
    emit(top, entries, emitted);
    rmSync(target, { recursive: true, force: true });
    for (const [name, text] of reachable(emitted, entries)) {
      mkdirSync(path.dirname(path.join(target, name)), { recursive: true });
      writeFileSync(path.join(target, name), text);
    }
  } finally {
    rmSync(emitted, { recursive: true });
  }
}

function emit(top: string, entries: readonly string[], outDir: string): void {
  const config = path.join(outDir, "tsconfig.json");
  const files = entries.map((entry) => path.join(top, entry));
  writeFileSync(config, JSON.stringify({ extends: path.join(top, "tsconfig.json"), files, include: [] }));
  const tsc = path.join(top, "node_modules/typescript/bin/tsc");
  const args = [tsc, "--project", config, ...OPTIONS, "--outDir", outDir, "--rootDir", path.join(top, "src")];
  const { status, stdout, error } = spawnSync(process.execPath, args, { cwd: top, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`tsc could not write the declarations:\n${stdout}`);
}

/** File names and texts of the entries' declarations and of those that they name, by name. */
function reachable(emitted: string, entries: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const waiting = entries.map((entry) => entry.replace(/^src\//, "").replace(/\.ts$/, ".d.ts"));
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    const directory = path.dirname(name);
    const text = readFileSync(path.join(emitted, name), "utf8");
    const named = text.replaceAll(RELATIVE, (_, keyword: string, module: string) => {
      waiting.push(`${path.normalize(path.join(directory, module))}.d.ts`);
      return `${keyword}"${module}.js"`;
    });
    found.set(name, named);
  }
  return found;
}
