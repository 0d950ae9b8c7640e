import { lstat } from "node:fs/promises";
import { errorCode } from "../shared/errors.ts";
import { type BytePath, bytesOf, parentsOf } from "./paths.ts";

/** One thing that is copied. */
export interface Entry {
  /** Relative to the work tree. */
  readonly path: BytePath;
  readonly kind: "file" | "link" | "directory";
  /** Permission bits, without set-uid and the like. */
  readonly mode: number;
  /** Of a file, in bytes; else 0. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** What a path is on the host: something to copy, nothing at all, or neither file nor link nor directory. */
export type Looked = Entry | "gone" | "odd";

/**
 * Looks at paths of a work tree without following a link: a file behind a directory that is a link is not in the work tree, as git
 * has it, but anywhere on the host.
 */
export class WorkTree {
  readonly top: string;
  readonly #directories = new Map<BytePath, Promise<Entry | null>>();

  constructor(top: string) {
    this.top = top;
  }

  /** The bytes of the whole path, for the file system. */
  at(path: BytePath): Buffer {
    return Buffer.concat([Buffer.from(`${this.top}/`, "utf8"), bytesOf(path)]);
  }

  async look(path: BytePath): Promise<Looked> {
    for (const parent of parentsOf(path)) {
      if ((await this.#directory(parent)) === null) return "gone";
    }
    return this.#stat(path);
  }

  /** The directories that hold these paths, outermost first; they have been looked at before. */
  async directoriesOf(paths: Iterable<BytePath>): Promise<Entry[]> {
    const names = new Set<BytePath>();
    for (const path of paths) for (const parent of parentsOf(path)) names.add(parent);
    const entries = await Promise.all([...names].sort().map((name) => this.#directory(name)));
    return entries.filter((entry) => entry !== null);
  }

  #directory(path: BytePath): Promise<Entry | null> {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    const looked = this.#stat(path).then((found) =>
      typeof found === "object" && found.kind === "directory" ? found : null,
    );
    this.#directories.set(path, looked);
    return looked;
  }

  async #stat(path: BytePath): Promise<Looked> {
    try {
      const stats = await lstat(this.at(path));
      const kind = stats.isFile()
        ? "file"
        : stats.isSymbolicLink()
          ? "link"
          : stats.isDirectory()
            ? "directory"
            : null;
      if (kind === null) return "odd";
      const mtime = Math.max(0, Math.floor(stats.mtimeMs / 1000));
      return { path, kind, mode: stats.mode & 0o777, size: kind === "file" ? stats.size : 0, mtime };
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return "gone";
      throw error;
    }
  }
}

/** Looks at many, some at a time. */
export async function lookAll(tree: WorkTree, paths: readonly BytePath[]): Promise<Map<BytePath, Looked>> {
  const found = new Map<BytePath, Looked>();
  for (let at = 0; at < paths.length; at += 256) {
    const some = paths.slice(at, at + 256);
    const looked = await Promise.all(some.map((path) => tree.look(path)));
    for (const [index, path] of some.entries()) found.set(path, looked[index] as Looked);
  }
  return found;
}
