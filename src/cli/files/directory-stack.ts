import { type FileHandle, mkdir } from "node:fs/promises";
import { errorCode } from "../../shared/errors.ts";
import { OpenDirectory } from "../../shared/open-directory.ts";
import { badArchive } from "../../shared/tar/format.ts";
import { shown } from "../../shared/tar/names.ts";

type OnLeave = (handle: FileHandle) => Promise<void>;

interface Level {
  readonly name: Buffer;
  readonly directory: OpenDirectory;
  readonly onLeave: OnLeave | null;
}

/**
 * The open directories from a root to where an archive is just being laid: an archive goes through its tree depth first, so each directory
 * is opened about once. No symlink is ever entered. The root stays its owner's.
 */
export class DirectoryStack implements AsyncDisposable {
  readonly #root: OpenDirectory;
  readonly #levels: Level[] = [];

  constructor(root: OpenDirectory) {
    this.#root = root;
  }

  /** Leaves what is not on the way, and opens the rest, making directories that are missing. */
  async enter(names: readonly Buffer[]): Promise<OpenDirectory> {
    const same = this.#levels.findIndex((level, at) => names[at]?.equals(level.name) !== true);
    await this.#leaveTo(same === -1 ? this.#levels.length : same);
    for (const name of names.slice(this.#levels.length)) {
      await mkdir(this.#top.at(name), { mode: 0o755 }).catch((error: unknown) => {
        if (errorCode(error) !== "EEXIST") throw error;
      });
      await this.push(name, null);
    }
    return this.#top;
  }

  /** Enters a directory of the one at hand; `onLeave` is called with it before it is closed. */
  async push(name: Buffer, onLeave: OnLeave | null): Promise<void> {
    this.#levels.push({ name, directory: await enterOnly(this.#top, name), onLeave });
  }

  /** Opens a directory elsewhere below the root, which must be there. The caller closes it. */
  async reach(names: readonly Buffer[]): Promise<OpenDirectory> {
    let at = await OpenDirectory.open(`/proc/self/fd/${this.#root.handle.fd}`);
    for (const name of names) {
      await using left = at;
      at = await enterOnly(left, name);
    }
    return at;
  }

  /** All that was entered is done. */
  leave(): Promise<void> {
    return this.#leaveTo(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { directory } of this.#levels.splice(0)) await directory.close();
  }

  get #top(): OpenDirectory {
    return this.#levels.at(-1)?.directory ?? this.#root;
  }

  async #leaveTo(depth: number): Promise<void> {
    while (this.#levels.length > depth) {
      const { directory, onLeave } = this.#levels.pop() as Level;
      await using left = directory;
      await onLeave?.(left.handle);
    }
  }
}

async function enterOnly(parent: OpenDirectory, name: Buffer): Promise<OpenDirectory> {
  try {
    return await parent.enter(name);
  } catch (error) {
    const code = errorCode(error);
    if (code !== "ENOTDIR" && code !== "ELOOP") throw error;
    throw badArchive(`${shown(name)} is no directory here, and nothing is written through it`);
  }
}
