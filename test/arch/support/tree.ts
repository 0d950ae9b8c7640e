import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

export const TOP = path.resolve(import.meta.dirname, "../../..");

/** Path from the project's top, with forward slashes, to text. */
export type FileMap = ReadonlyMap<string, string>;

/** The project's text files as they stand: those that git tracks or would. */
export function projectFiles(): FileMap {
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: TOP,
    encoding: "utf8",
  });
  const files = new Map<string, string>();
  for (const name of list.split("\0").filter((each) => each !== "")) {
    try {
      const bytes = readFileSync(path.join(TOP, name));
      if (!bytes.includes(0)) files.set(name, bytes.toString("utf8"));
    } catch {
      // Removed, and git has not been told yet.
    }
  }
  return files;
}

export function fileMap(files: Record<string, string>): FileMap {
  return new Map(Object.entries(files));
}

export function matching(files: FileMap, pattern: RegExp): [string, string][] {
  return [...files].filter(([name]) => pattern.test(name));
}
