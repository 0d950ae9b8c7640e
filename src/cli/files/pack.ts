import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readlink, stat } from "node:fs/promises";
import { BangerError, errorCode } from "../../shared/errors.ts";
import { OpenDirectory } from "../../shared/open-directory.ts";
import { encodeHeader } from "../../shared/tar/encode.ts";
import { BLOCK_BYTES, paddingOf, type TarEntry, type TarKind } from "../../shared/tar/format.ts";
import { shown } from "../../shared/tar/names.ts";
import { asksForDirectory } from "./paths.ts";
import { notADirectory } from "./target.ts";

const PIECE_BYTES = 256 * 1024;
const NONE = Buffer.alloc(0);

export interface LocalSource {
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink";
}

export interface PackHooks {
  /** Called with bytes of content as they are read. */
  onBytes(count: number): void;
  leftOut(path: string, why: string): void;
}

/** Looks at what is to be copied; a symlink is one unless it is to be followed. ERR_CP_NOT_FOUND, ERR_CP_NOT_A_DIRECTORY, ERR_CP_KIND. */
export async function localSource(source: string, follow: boolean): Promise<LocalSource> {
  const directory = asksForDirectory(source);
  let found: Stats;
  try {
    found = await (follow || directory ? stat : lstat)(source);
  } catch (error) {
    if (errorCode(error) === "ENOTDIR") throw notADirectory(`${source} is not a directory`);
    if (errorCode(error) !== "ENOENT") throw error;
    throw new BangerError("ERR_CP_NOT_FOUND", `${source} is not there`, {
      next: "look at its name",
      cause: error,
    });
  }
  if (found.isDirectory()) return { path: source, kind: "directory" };
  if (directory) throw notADirectory(`${source} is not a directory`);
  if (found.isSymbolicLink()) return { path: source, kind: "symlink" };
  if (found.isFile()) return { path: source, kind: "file" };
  throw new BangerError("ERR_CP_KIND", `${source} is neither a file nor a directory`);
}

/**
 * A tar of a file or a tree, whose root is `.`. Symlinks below it are sent as such; devices, FIFOs and sockets are left out. Holds one piece
 * of a file, and a descriptor for each level.
 */
export async function* pack(source: LocalSource, hooks: PackHooks): AsyncGenerator<Buffer> {
  const packer = new Packer(hooks);
  const as = Buffer.from(".");
  if (source.kind === "symlink") {
    const target = await readlink(source.path, { encoding: "buffer" });
    yield packer.header(await lstat(source.path), "symlink", as, target);
  } else if (source.kind === "directory") {
    await using directory = await OpenDirectory.open(source.path);
    yield* packer.directory(directory, as);
  } else {
    await using handle = await open(
      source.path,
      constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
    yield* packer.file(handle, as);
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

class Packer {
  readonly #hooks: PackHooks;
  /** Names of files that have several. */
  readonly #linked = new Map<string, Buffer>();

  constructor(hooks: PackHooks) {
    this.#hooks = hooks;
  }

  async *directory(directory: OpenDirectory, as: Buffer): AsyncGenerator<Buffer> {
    const path = Buffer.concat([as, Buffer.from("/")]);
    yield this.header(await directory.handle.stat(), "directory", path, NONE);
    for (const name of await directory.names()) {
      yield* this.#child(directory, name, Buffer.concat([path, name]));
    }
  }

  async *file(handle: FileHandle, as: Buffer): AsyncGenerator<Buffer> {
    const found = await handle.stat();
    if (!found.isFile()) throw changed(as);
    if (found.nlink > 1) {
      const key = `${found.dev}:${found.ino}`;
      const first = this.#linked.get(key);
      if (first !== undefined) return yield this.header(found, "hardlink", as, first);
      this.#linked.set(key, as);
    }
    yield this.header(found, "file", as, NONE);
    for (let left = found.size; left > 0; ) {
      const piece = Buffer.allocUnsafe(Math.min(left, PIECE_BYTES));
      const { bytesRead } = await handle.read(piece, 0, piece.length, null);
      if (bytesRead === 0) throw changed(as);
      left -= bytesRead;
      this.#hooks.onBytes(bytesRead);
      yield piece.subarray(0, bytesRead);
    }
    yield Buffer.alloc(paddingOf(found.size));
  }

  header(found: Stats, kind: TarKind, path: Buffer, linkTarget: Buffer): Buffer {
    const { uid, gid, mode } = found;
    const size = kind === "file" ? found.size : 0;
    const mtime = Math.max(0, Math.floor(found.mtimeMs / 1000));
    const entry: TarEntry = { kind, path, linkTarget, mode: mode & 0o7777, uid, gid, size, mtime };
    return encodeHeader(entry);
  }

  async *#child(parent: OpenDirectory, name: Buffer, as: Buffer): AsyncGenerator<Buffer> {
    const found = await lstat(parent.at(name)).catch(unlessGone);
    if (found === null) return;
    if (found.isSymbolicLink()) {
      yield this.header(found, "symlink", as, await readlink(parent.at(name), { encoding: "buffer" }));
    } else if (found.isDirectory()) {
      await using inner = await parent.enter(name);
      yield* this.directory(inner, as);
    } else if (found.isFile()) {
      await using handle = await parent.openFile(name);
      yield* this.file(handle, as);
    } else {
      this.#hooks.leftOut(as.toString(), "it is a device, a FIFO or a socket");
    }
  }
}

/** Removed since it was listed. */
function unlessGone(error: unknown): null {
  if (errorCode(error) === "ENOENT") return null;
  throw error;
}

function changed(path: Buffer): BangerError {
  return new BangerError("ERR_CP_CHANGED", `${shown(path)} was changed while it was copied`, {
    next: "try again",
  });
}
