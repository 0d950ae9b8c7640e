import { constants } from "node:fs";
import { type FileHandle, open, readlink } from "node:fs/promises";
import path from "node:path";
import type { FileSyncEntry } from "../../domain/file-sync.ts";
import { BangerError, errorCode, errorMessage } from "../../shared/errors.ts";
import { OpenDirectory } from "../../shared/open-directory.ts";
import { formatSize, MIB } from "../../shared/size.ts";
import type { GuestFile } from "./guest-files.ts";

/** What all entries together may bring: the config disk is written, and read by the guest, at each start. */
export const MAX_SYNC_BYTES = 64 * MIB;
export const MAX_SYNC_FILES = 10_000;
/** Each level holds a descriptor while it is read. */
const MAX_DEPTH = 100;
const FILE_MODE = 0o600;
const PERMISSIONS = 0o777;

export interface SyncedFiles {
  readonly files: readonly GuestFile[];
  /** What was left out, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads what `[[file_sync]]` names (CFG-3), as it is now. The path of an entry is the user's word, and its links are followed; in a
 * directory nothing leads out of it: symlinks are delivered as such where they stay inside, else left out with a warning, as is what is
 * neither file nor directory. A path that is not there is a warning. ERR_FILE_SYNC, ERR_FILE_SYNC_TOO_LARGE.
 */
export async function syncedFiles(entries: readonly FileSyncEntry[]): Promise<SyncedFiles> {
  const reader = new SyncReader();
  for (const entry of entries) await reader.read(entry);
  return reader;
}

class SyncReader implements SyncedFiles {
  readonly files: GuestFile[] = [];
  readonly warnings: string[] = [];
  #bytes = 0;

  async read(entry: FileSyncEntry): Promise<void> {
    try {
      await this.#readEntry(entry);
    } catch (error) {
      if (error instanceof BangerError) throw error;
      throw new BangerError("ERR_FILE_SYNC", `file_sync: ${entry.host}: ${errorMessage(error)}`, {
        next: "correct the file, or its entry in config.toml",
        details: { host: entry.host, guest: entry.guest },
        cause: error,
      });
    }
  }

  async #readEntry({ host, guest, mode }: FileSyncEntry): Promise<void> {
    let handle: FileHandle;
    try {
      handle = await open(host, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
      this.warnings.push(`file_sync: ${host} is not there; ${guest} is not delivered`);
      return;
    }
    await using _ = handle;
    const found = await handle.stat();
    if (found.isFile()) return await this.#addFile(handle, guest, mode ?? FILE_MODE);
    if (!found.isDirectory()) throw new Error("neither a file nor a directory");
    if (mode !== null) {
      this.warnings.push(
        `file_sync: ${host} is a directory, whose files keep their modes; \`mode\` is for a file`,
      );
    }
    await using root = await OpenDirectory.open(`/proc/self/fd/${handle.fd}`);
    await this.#readTree(root, { host, guest, inside: [] });
  }

  async #readTree(directory: OpenDirectory, at: Place): Promise<void> {
    if (at.inside.length > MAX_DEPTH) throw new Error(`more than ${MAX_DEPTH} directories deep`);
    const { mode } = await directory.handle.stat();
    this.#add({ type: "directory", path: at.guest, mode: mode & PERMISSIONS }, 0);
    for (const bytes of await directory.names()) {
      const name = bytes.toString("utf8");
      const place = {
        host: path.join(at.host, name),
        guest: path.join(at.guest, name),
        inside: [...at.inside, name],
      };
      if (!Buffer.from(name).equals(bytes) || /[\n\r]/.test(name)) {
        this.warnings.push(
          `file_sync: ${JSON.stringify(place.host)} is left out: its name is not plain text`,
        );
      } else {
        await this.#readName(directory, bytes, place);
      }
    }
  }

  async #readName(directory: OpenDirectory, name: Buffer, place: Place): Promise<void> {
    const link = await readlink(directory.at(name)).catch((error: unknown) => {
      if (errorCode(error) === "EINVAL") return null;
      throw error;
    });
    if (link !== null) return this.#addLink(link, place);
    await using handle = await directory.openFile(name).catch(ignoreUnreadable);
    if (handle === null) return this.#leaveOut(place, "it is neither a file nor a directory");
    const found = await handle.stat();
    if (found.isFile()) return await this.#addFile(handle, place.guest, found.mode & PERMISSIONS);
    if (!found.isDirectory()) return this.#leaveOut(place, "it is neither a file nor a directory");
    await using inner = await OpenDirectory.open(`/proc/self/fd/${handle.fd}`);
    await this.#readTree(inner, place);
  }

  #addLink(target: string, place: Place): void {
    if (staysInside(target, place.inside)) this.#add({ type: "symlink", path: place.guest, target }, 0);
    else this.#leaveOut(place, "it is a symlink out of the directory");
  }

  async #addFile(handle: FileHandle, guest: string, mode: number): Promise<void> {
    const room = MAX_SYNC_BYTES - this.#bytes;
    const content = await readAtMost(handle, room);
    if (content === null) throw tooLarge(`more than ${formatSize(MAX_SYNC_BYTES)}`);
    this.#add({ type: "file", path: guest, mode, text: content }, content.length);
  }

  #add(file: GuestFile, bytes: number): void {
    this.#bytes += bytes;
    this.files.push(file);
    if (this.files.length > MAX_SYNC_FILES) throw tooLarge(`more than ${MAX_SYNC_FILES} files`);
  }

  #leaveOut(place: Place, why: string): void {
    this.warnings.push(`file_sync: ${place.host} is left out: ${why}`);
  }
}

interface Place {
  readonly host: string;
  readonly guest: string;
  /** Names from the entry's directory on. */
  readonly inside: readonly string[];
}

/** Sockets cannot be opened at all. */
function ignoreUnreadable(error: unknown): null {
  if (errorCode(error) === "ENXIO") return null;
  throw error;
}

/** Whether a symlink at these names leads to what lies beside it in the tree, by its text alone. */
export function staysInside(target: string, at: readonly string[]): boolean {
  if (target.startsWith("/") || target.includes("\ufffd")) return false;
  let depth = at.length - 1;
  for (const part of target.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0) return false;
  }
  return true;
}

/** Null where there is more. A file that grows meanwhile is not read for ever. */
async function readAtMost(handle: FileHandle, most: number): Promise<Buffer | null> {
  const { size } = await handle.stat();
  if (size > most) return null;
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.min(Math.max(size - total, 0) + 1, MIB));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    total += bytesRead;
    if (total > most) return null;
    chunks.push(chunk.subarray(0, bytesRead));
  }
}

export function tooLarge(what: string): BangerError {
  return new BangerError(
    "ERR_FILE_SYNC_TOO_LARGE",
    `file_sync: ${what} would go to every guest at each start`,
    {
      next: "name less in config.toml, and copy what is large by `banger vm cp`",
    },
  );
}
