import { access, chmod, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { makeExt4 } from "./ext4.ts";
import { createStaging, syncPath } from "./staging.ts";

const MIB = 1024 * 1024;
/** Part of the file's name: to be raised when the recipe changes. */
const RECIPE = 1;
/** Apparent sizes, as a work disk's seed: the guest grows it to what was asked for. A MiB of it is data. */
const SEED_BYTES = 512 * MIB;
const JOURNAL_MIB = 64;

/**
 * The empty ext4 from which the disks for changes of all overlay VMs are cloned (DSK-2). One per state directory, made on first use by
 * mkfs.ext4, so that no create runs a program.
 */
export class UpperSeed {
  readonly #directory: string;
  readonly #logFile: string;
  #making: Promise<string> | null = null;

  /** @param directory of the images: what is left of an interrupted run is swept there with theirs */
  constructor(directory: string, logFile: string) {
    this.#directory = directory;
    this.#logFile = logFile;
  }

  /** The file, which is there. ERR_TOOL_MISSING, ERR_TOOL_FAILED. */
  async get(): Promise<string> {
    const file = path.join(this.#directory, `upper-seed-${RECIPE}.ext4`);
    if (await isThere(file)) return file;
    this.#making ??= this.#make(file).finally(() => {
      this.#making = null;
    });
    return this.#making;
  }

  async #make(file: string): Promise<string> {
    const staging = await createStaging(file);
    try {
      const root = path.join(staging, "root");
      await mkdir(root);
      await chmod(root, 0o700);
      const made = path.join(staging, "seed.ext4");
      await makeExt4({
        path: made,
        sizeBytes: SEED_BYTES,
        journalMib: JOURNAL_MIB,
        label: "banger-upper",
        root,
        signal: new AbortController().signal,
        logFile: this.#logFile,
      });
      await rename(made, file);
      await syncPath(this.#directory);
      return file;
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
