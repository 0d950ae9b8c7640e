import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BangerError, errorCode } from "../shared/errors.ts";

const STAGING = /\.staging-[0-9a-f]{16}$/;

/**
 * Makes an empty directory beside `final`, named `<final>.staging-<id>`, on the same filesystem so that publishing is
 * one rename(2). Whatever interrupts the work, {@link sweepStaging} knows it by its name.
 */
export async function createStaging(final: string): Promise<string> {
  const staging = `${final}.staging-${randomBytes(8).toString("hex")}`;
  await mkdir(dirname(final), { recursive: true, mode: 0o755 });
  await mkdir(staging, { mode: 0o700 });
  return staging;
}

/**
 * Removes every staging directory directly under `directory`, which need not exist. For the start of the daemon, when
 * nothing is being assembled: the programs of an earlier life died with it (see runTool), so nothing writes there.
 * @returns the names removed.
 */
export async function sweepStaging(directory: string): Promise<string[]> {
  const entries = await readdir(directory).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  });
  const stale = entries.filter((entry) => STAGING.test(entry));
  for (const entry of stale) await rm(join(directory, entry), { recursive: true, force: true });
  return stale;
}

/**
 * Makes a finished staging directory visible under its final name: its files and itself are fsynced, then renamed,
 * then the parent is fsynced, so that after a power cut there is all of it or nothing.
 * @throws BangerError ERR_ALREADY_EXISTS when `final` is there (another pull of the same name won).
 */
export async function publishDirectory(staging: string, final: string): Promise<void> {
  for (const entry of await readdir(staging, { withFileTypes: true })) {
    if (entry.isFile()) await syncPath(join(staging, entry.name));
  }
  // Not secret, and the VMM, whose uid is another, may have to reach what is in it.
  await chmod(staging, 0o755);
  await syncPath(staging);
  try {
    await rename(staging, final);
  } catch (cause) {
    // rename(2) replaces an empty directory, but never one that holds an image.
    if (errorCode(cause) !== "ENOTEMPTY" && errorCode(cause) !== "EEXIST") throw cause;
    throw new BangerError("ERR_ALREADY_EXISTS", `${final} exists already`, {
      next: "use the one that is there, or delete it first",
      details: { path: final },
      cause,
    });
  }
  await syncPath(dirname(final));
}

/** fsync(2) of a file or directory. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
