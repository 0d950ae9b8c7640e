import { constants } from "node:fs";
import { chmod, type FileHandle, lchown, mkdir, open, rename, rm } from "node:fs/promises";
import { besideOf } from "../shared/beside.ts";
import { openAnew } from "../shared/write-anew.ts";
import { HostError, hasErrno, invalid } from "./host-error.ts";
import type { FileOps, FileSettings } from "./host-ops.ts";
import { checkOwner } from "./ids.ts";
import { host } from "./native-error.ts";
import { undoing } from "./undoing.ts";

/** O_PATH, which node:fs does not name; the same number on x86-64 and arm64. */
const O_PATH = 0o10000000;

/** Ownership and modes, always of the object itself: a symlink at the path is never followed. */
export class HostFiles implements FileOps {
  async create(path: string, { mode, sizeBytes }: { mode: number; sizeBytes: bigint }): Promise<void> {
    const file = await host(path, () => open(path, "wx", mode));
    try {
      // Whatever the umask is.
      await host(path, () => file.chmod(mode));
      await truncateTo(file, path, sizeBytes);
    } catch (error) {
      throw await undoing(error, () => rm(path, { force: true }));
    } finally {
      await file.close();
    }
  }

  async replace(path: string, { mode, text }: { mode: number; text: string }): Promise<void> {
    if (text.includes("\0")) throw invalid("write", path, "a text with a NUL");
    const beside = besideOf(path);
    const file = await host(beside, () => openAnew(beside, mode));
    try {
      try {
        // Whatever the umask is.
        await host(beside, () => file.chmod(mode));
        await host(beside, () => file.writeFile(text));
      } finally {
        await host(beside, () => file.close());
      }
      await host(path, () => rename(beside, path));
    } catch (error) {
      throw await undoing(error, () => rm(beside, { force: true }));
    }
  }

  async ensureDirectory(path: string, owner: { uid: number; gid: number; mode: number }): Promise<void> {
    checkOwner("fchown", owner);
    try {
      await host(path, () => mkdir(path, { mode: 0o700 }));
    } catch (error) {
      if (!hasErrno(error, "EEXIST")) throw error;
    }
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    const directory = await host(path, () => open(path, flags));
    try {
      await host(path, () => adopt(directory, path, owner));
    } finally {
      await directory.close();
    }
  }

  async chown(path: string, uid: number, gid: number): Promise<void> {
    checkOwner("lchown", { uid, gid });
    await host(path, () => lchown(path, uid, gid));
  }

  async chmod(path: string, mode: number): Promise<void> {
    // O_PATH opens any kind of file without its side effects; /proc/self/fd leads chmod to exactly that one.
    const file = await host(path, () => open(path, O_PATH | constants.O_NOFOLLOW));
    try {
      if ((await file.stat()).isSymbolicLink()) throw invalid("chmod", path, "a symbolic link");
      await host(path, () => chmod(`/proc/self/fd/${file.fd}`, mode));
    } finally {
      await file.close();
    }
  }

  async set(path: string, { mode, sizeBytes, owner }: FileSettings): Promise<void> {
    if (mode !== undefined) await this.chmod(path, mode);
    if (sizeBytes !== undefined) await truncate(path, sizeBytes);
    if (owner !== undefined) await this.chown(path, owner.uid, owner.gid);
  }
}

async function truncateTo(file: FileHandle, path: string, sizeBytes: bigint): Promise<void> {
  if (sizeBytes > BigInt(Number.MAX_SAFE_INTEGER))
    throw new HostError({ errnoCode: "EFBIG", syscall: "ftruncate", object: path });
  await host(path, () => file.truncate(Number(sizeBytes)));
}

async function truncate(path: string, sizeBytes: bigint): Promise<void> {
  // Not blocking: a FIFO at the path has nobody who reads.
  const flags = constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await host(path, () => open(path, flags));
  try {
    await truncateTo(file, path, sizeBytes);
  } finally {
    await file.close();
  }
}

async function adopt(
  directory: FileHandle,
  path: string,
  owner: { uid: number; gid: number; mode: number },
): Promise<void> {
  const stat = await directory.stat();
  // Ours may be one that a crash left between mkdir and chown.
  if (stat.uid !== owner.uid && stat.uid !== process.geteuid?.()) {
    throw invalid("mkdir", path, `a directory that belongs to uid ${stat.uid} is there`);
  }
  if (stat.uid !== owner.uid || stat.gid !== owner.gid) await directory.chown(owner.uid, owner.gid);
  // After chown, which clears set-id bits.
  if ((stat.mode & 0o7777) !== owner.mode) await directory.chmod(owner.mode);
}
