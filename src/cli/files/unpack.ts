import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import {
  type FileHandle,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  rename,
  symlink,
  unlink,
} from "node:fs/promises";
import { BangerError, errorCode } from "../../shared/errors.ts";
import type { OpenDirectory } from "../../shared/open-directory.ts";
import { badArchive, type TarEntry } from "../../shared/tar/format.ts";
import { namesOf, shown } from "../../shared/tar/names.ts";
import type { TarReader } from "../../shared/tar/reader.ts";
import { DirectoryStack } from "./directory-stack.ts";
import type { LocalTarget } from "./target.ts";

/** A guest's set-user-ID program would run as whoever owns the copy: the caller, who may be root. */
const KEPT_MODE = 0o777;

export interface UnpackOptions {
  readonly signal: AbortSignal;
  /** Called with bytes of content as they are written. */
  readonly onBytes: (count: number) => void;
}

/** Where the archive's root goes, once it is known whether that is a directory. */
export type TargetFor = (sourceIsDirectory: boolean) => Promise<LocalTarget>;

/**
 * Lays what a guest has sent at a target, and nothing anywhere else: names are taken apart and checked, directories are entered one by
 * one through descriptors and never through a symlink, whoever made it, and the archive must be one tree. A file is written beside its place and
 * renamed, so that none is ever half. Owners are the caller's. ERR_BAD_ARCHIVE, ERR_CP_KIND; Node's errors; the signal's reason.
 */
export async function unpack(tar: TarReader, targetFor: TargetFor, options: UnpackOptions): Promise<void> {
  const first = await tar.next();
  if (first === null) throw badArchive("it is empty");
  const root = namesOf(first.path)[0] ?? ROOT;
  const target = await targetFor(first.kind === "directory");
  await using directory = target.directory;
  await using stack = new DirectoryStack(directory);
  const unpacker = new Unpacker(tar, stack, { root, name: target.name }, options);
  for (let entry: TarEntry | null = first; entry !== null; entry = await tar.next()) {
    options.signal.throwIfAborted();
    await unpacker.lay(entry);
  }
  await stack.leave();
  await tar.drain();
}

/** The root's name where it is `.`: what is in a directory. */
const ROOT = Buffer.alloc(0);

interface Roots {
  /** In the archive. */
  readonly root: Buffer;
  /** What it becomes here; null: the target's directory itself. */
  readonly name: Buffer | null;
}

class Unpacker {
  readonly #tar: TarReader;
  readonly #stack: DirectoryStack;
  readonly #roots: Roots;
  readonly #options: UnpackOptions;
  readonly #temporary = Buffer.from(`.banger-cp-${randomBytes(8).toString("hex")}`);

  constructor(tar: TarReader, stack: DirectoryStack, roots: Roots, options: UnpackOptions) {
    this.#tar = tar;
    this.#stack = stack;
    this.#roots = roots;
    this.#options = options;
  }

  async lay(entry: TarEntry): Promise<void> {
    const names = this.#placeOf(entry.path);
    const name = names.at(-1);
    // The target itself: a directory that is there.
    if (name === undefined) return;
    const parent = await this.#stack.enter(names.slice(0, -1));
    if (entry.kind === "directory") return await this.#layDirectory(parent, name, entry);
    const there = await kindAt(parent, name);
    if (there === "directory")
      throw wrongKind(`${shown(name)} is a directory and cannot be overwritten with a file`);
    try {
      await this.#make(parent, entry);
      await rename(parent.at(this.#temporary), parent.at(name));
    } finally {
      // Also after a success: two names of one file are left as they are by rename(2).
      await unlink(parent.at(this.#temporary)).catch((error: unknown) => {
        if (errorCode(error) !== "ENOENT") throw error;
      });
    }
  }

  async #layDirectory(parent: OpenDirectory, name: Buffer, entry: TarEntry): Promise<void> {
    try {
      await mkdir(parent.at(name), { mode: 0o700 });
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      if ((await kindAt(parent, name)) === "directory") return;
      throw wrongKind(`${shown(name)} is there and no directory, and cannot be overwritten with one`);
    }
    // When we leave it: one that may not be written to is filled first, and filling changes its time.
    await this.#stack.push(name, async (handle) => {
      await handle.chmod(entry.mode & KEPT_MODE);
      await handle.utimes(entry.mtime, entry.mtime);
    });
  }

  async #make(parent: OpenDirectory, entry: TarEntry): Promise<void> {
    const temporary = parent.at(this.#temporary);
    if (entry.kind === "symlink") {
      await symlink(entry.linkTarget, temporary);
      await lutimes(temporary, entry.mtime, entry.mtime);
    } else if (entry.kind === "hardlink") {
      await this.#makeHardLink(parent, entry);
    } else {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
      await using handle = await open(temporary, flags, 0o600);
      await this.#writeFile(handle);
      await handle.chmod(entry.mode & KEPT_MODE);
      await handle.utimes(entry.mtime, entry.mtime);
    }
  }

  async #writeFile(handle: FileHandle): Promise<void> {
    for await (const piece of this.#tar.content()) {
      this.#options.signal.throwIfAborted();
      for (let rest = piece; rest.length > 0; ) {
        const { bytesWritten } = await handle.write(rest);
        rest = rest.subarray(bytesWritten);
      }
      this.#options.onBytes(piece.length);
    }
  }

  /** To a regular file that lies below the target already, reached as all names are. */
  async #makeHardLink(parent: OpenDirectory, entry: TarEntry): Promise<void> {
    const names = this.#placeOf(entry.linkTarget);
    const name = names.at(-1);
    if (name === undefined) throw badArchive("a hard link leads to a directory");
    await using from = await this.#stack.reach(names.slice(0, -1));
    if ((await kindAt(from, name)) !== "file")
      throw badArchive(`a hard link leads to ${shown(name)}, which is no file`);
    await link(from.at(name), parent.at(this.#temporary));
  }

  /** Where a path of the archive goes, from the target's directory on. */
  #placeOf(path: Buffer): Buffer[] {
    const { root, name } = this.#roots;
    const names = namesOf(path);
    if (root.length > 0 && names.shift()?.equals(root) !== true) {
      throw badArchive(`${shown(path)} is not in the tree that was asked for`);
    }
    return name === null ? names : [name, ...names];
  }
}

async function kindAt(parent: OpenDirectory, name: Buffer): Promise<"file" | "directory" | "other" | null> {
  try {
    const found = await lstat(parent.at(name));
    return found.isFile() ? "file" : found.isDirectory() ? "directory" : "other";
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

function wrongKind(message: string): BangerError {
  return new BangerError("ERR_CP_KIND", message, { next: "move it away, or copy to another place" });
}
