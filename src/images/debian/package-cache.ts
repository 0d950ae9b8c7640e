import { constants } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../../shared/errors.ts";

/**
 * Downloaded packages, kept between runs so that an interrupted or repeated assembly fetches only what is missing. apt
 * checks what it finds against the signed package lists, so the cache needs no trust of its own.
 */
export class PackageCache {
  readonly #directory: string;

  /** One directory per catalog entry, so that two assemblies at once do not prune each other's packages. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Copies (reflinks where possible) what is there to apt's archives directory, which exists. */
  async fill(archives: string): Promise<number> {
    const names = await packagesIn(this.#directory);
    for (const name of names) {
      await copyFile(join(this.#directory, name), join(archives, name), constants.COPYFILE_FICLONE);
    }
    return names.length;
  }

  /**
   * Takes apt's downloads over; what this run did not use is dropped when it is `complete`, so that the cache holds one
   * version of each package. Packages are moved: the tree does not need them any more.
   */
  async take(archives: string, complete: boolean): Promise<void> {
    const names = await packagesIn(archives);
    await mkdir(this.#directory, { recursive: true });
    for (const name of names) await move(join(archives, name), join(this.#directory, name));
    if (!complete) return;
    for (const name of await packagesIn(this.#directory)) {
      if (!names.includes(name)) await rm(join(this.#directory, name), { force: true });
    }
  }

  /** A damaged package must not fail every later run too. */
  async clear(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Bytes of all that apt has fetched so far, finished or not. */
export async function downloadedBytes(archives: string): Promise<number> {
  let total = 0;
  for (const directory of [archives, join(archives, "partial")]) {
    for (const name of await packagesIn(directory)) {
      const file = await stat(join(directory, name)).catch(() => null);
      total += file?.size ?? 0;
    }
  }
  return total;
}

async function packagesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  });
  return names.filter((name) => name.endsWith(".deb"));
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errorCode(error) !== "EXDEV") throw error;
    // The cache is on another filesystem. The copy gets its name last, so that an interruption leaves no half package.
    await copyFile(from, `${to}.part`);
    await rename(`${to}.part`, to);
  }
}
