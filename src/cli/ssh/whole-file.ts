import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, readlink, realpath, rename, rm, rmdir, stat } from "node:fs/promises";
import path from "node:path";
import { BangerError, errorCode } from "../../shared/errors.ts";

const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

export interface WholeFile {
  /** One character for each byte. */
  readonly text: string;
  /** Permission bits. */
  readonly mode: number;
}

/** A file's content and mode, or null where there is none. */
export async function readWhole(file: string): Promise<WholeFile | null> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new BangerError("ERR_SSH_CONFIG", `${file} is no regular file`);
    return { text: await readFile(file, "latin1"), mode: found.mode & 0o7777 };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/**
 * Replaces a file's content at once, with the mode that it had; 0600 for a new one. A symbolic link stays one, and what it leads to is
 * replaced. ERR_SSH_CONFIG_OWNER where that would take the file away from its owner.
 */
export async function replaceWhole(file: string, text: string, before: WholeFile | null): Promise<void> {
  const target = await endOfLinks(file);
  await checkOwner(before === null ? path.dirname(target) : target);
  const beside = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}`);
  try {
    const handle = await open(beside, "wx", PRIVATE_FILE);
    try {
      await handle.writeFile(Buffer.from(text, "latin1"));
      // After the content: a mode without the owner's write is one, too. The umask does not take part.
      await handle.chmod(before?.mode ?? PRIVATE_FILE);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, target);
  } finally {
    await rm(beside, { force: true });
  }
}

/** Whether it had to be made. */
export async function makePrivateDirectory(directory: string): Promise<boolean> {
  if ((await stat(directory).catch(() => null)) !== null) return false;
  await checkOwner(path.dirname(directory));
  await mkdir(directory, { mode: PRIVATE_DIRECTORY });
  return true;
}

/** A file that was ours, and its directory unless something is in it. */
export async function removeMade(file: string, withDirectory: boolean): Promise<void> {
  await rm(await endOfLinks(file));
  if (!withDirectory) return;
  await rmdir(path.dirname(file)).catch((error: unknown) => {
    if (errorCode(error) !== "ENOTEMPTY") throw error;
  });
}

/** Where a name leads, also if nothing is there yet. */
async function endOfLinks(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    const link = await readlink(file).catch(() => null);
    return link === null ? file : endOfLinks(path.resolve(path.dirname(file), link));
  }
}

async function checkOwner(place: string): Promise<void> {
  const { uid } = await stat(place);
  if (uid === process.geteuid?.()) return;
  throw new BangerError("ERR_SSH_CONFIG_OWNER", `${place} belongs to another user (uid ${uid})`, {
    next: "run it as that user, or with HOME set to your own home",
    details: { place, uid },
  });
}
