import { constants } from "node:fs";
import { chmod, copyFile, mkdir, readlink, rm, rmdir, symlink, utimes } from "node:fs/promises";
import path from "node:path";
import { type BytePath, parentsOf } from "../paths.ts";
import { inside, look } from "./places.ts";

interface Saved {
  readonly path: BytePath;
  readonly kind: "file" | "link" | "directory" | "none";
  readonly mode: number;
  /** Of a link. */
  readonly target: Buffer;
  /** Of a file: by these it is seen that nobody has touched it since. */
  readonly ino: number;
  readonly mtimeMs: number;
}

/** What a checkout has at some paths, so that a change which fails half-way can be taken back. */
export interface Backup {
  restore(): Promise<void>;
}

/** Copies the files at these paths into `directory`, which is made. */
export async function backUp(top: string, paths: readonly BytePath[], directory: string): Promise<Backup> {
  await mkdir(directory, { mode: 0o700 });
  const saved: Saved[] = [];
  const missing = new Set<BytePath>();
  for (const each of new Set(paths)) {
    for (const parent of parentsOf(each)) if ((await look(top, parent)) === null) missing.add(parent);
    const stats = await look(top, each);
    const kind =
      stats === null ? "none" : stats.isSymbolicLink() ? "link" : stats.isDirectory() ? "directory" : "file";
    const target =
      kind === "link" ? await readlink(inside(top, each), { encoding: "buffer" }) : Buffer.alloc(0);
    if (kind === "file") {
      await copyFile(
        inside(top, each),
        path.join(directory, String(saved.length)),
        constants.COPYFILE_FICLONE,
      );
    }
    const { mode, ino, mtimeMs } = stats ?? { mode: 0, ino: 0, mtimeMs: 0 };
    saved.push({ path: each, kind, mode: mode & 0o7777, target, ino, mtimeMs });
  }

  async function putBack(each: Saved, index: number): Promise<void> {
    const at = inside(top, each.path);
    for (const parent of parentsOf(each.path)) await mkdir(inside(top, parent), { recursive: true });
    if (each.kind === "link") return symlink(each.target, at);
    await copyFile(path.join(directory, String(index)), at, constants.COPYFILE_EXCL);
    await chmod(at, each.mode);
    await utimes(at, each.mtimeMs / 1000, each.mtimeMs / 1000);
  }

  return {
    async restore() {
      const changed: [Saved, number][] = [];
      for (const [index, each] of saved.entries()) {
        const now = await look(top, each.path);
        const same =
          each.kind === "none" ? now === null : now?.ino === each.ino && now.mtimeMs === each.mtimeMs;
        if (same || each.kind === "directory") continue;
        if (now?.isDirectory() !== true) await rm(inside(top, each.path), { force: true });
        changed.push([each, index]);
      }
      // Directories that came with new files, and may stand where a file was.
      for (const each of [...missing].sort((a, b) => b.length - a.length)) {
        await rmdir(inside(top, each)).catch(() => undefined);
      }
      for (const [each, index] of changed) {
        if (each.kind === "none") continue;
        await rmdir(inside(top, each.path)).catch(() => undefined);
        await putBack(each, index);
      }
    },
  };
}
