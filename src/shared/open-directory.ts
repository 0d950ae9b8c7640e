import { constants } from "node:fs";
import { type FileHandle, open, readdir } from "node:fs/promises";

/**
 * A directory held open. Names in it are reached through its descriptor (`/proc/self/fd/N/name`: Node has no openat(2)), so that whoever
 * renames or links what lies on the way leads us nowhere else. Names are bytes: they need not be UTF-8.
 */
export class OpenDirectory implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #self: Buffer;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
    this.#self = Buffer.from(`/proc/self/fd/${handle.fd}`);
  }

  /** Opens by a path, whose links are followed. Node's errors. */
  static async open(directory: string | Buffer): Promise<OpenDirectory> {
    return new OpenDirectory(await open(directory, constants.O_RDONLY | constants.O_DIRECTORY));
  }

  /** Opens a directory in this one; a symlink is ENOTDIR or ELOOP. */
  async enter(name: Buffer): Promise<OpenDirectory> {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    return new OpenDirectory(await open(this.at(name), flags));
  }

  /** Opens a file for reading; a symlink is ELOOP, and a FIFO or device does not block: look at what it is. */
  openFile(name: Buffer): Promise<FileHandle> {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
    return open(this.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  }

  /** The path of a name in it, for calls that do not follow a last symlink. Refuses what is not one name. */
  at(name: Buffer): Buffer {
    if (!isOneName(name)) throw new Error(`not a name in a directory: ${JSON.stringify(name.toString())}`);
    return Buffer.concat([this.#self, Buffer.from("/"), name]);
  }

  /** All names, in the order of their bytes. */
  async names(): Promise<Buffer[]> {
    const names = await readdir(this.#self, { encoding: "buffer" });
    return names.sort(Buffer.compare);
  }

  /** The directory itself: its mode, its times. */
  get handle(): FileHandle {
    return this.#handle;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Neither empty nor `.` nor `..`, without a slash or NUL. */
export function isOneName(name: Buffer): boolean {
  const text = name.toString("latin1");
  return text !== "" && text !== "." && text !== ".." && !/[/\0]/.test(text);
}
