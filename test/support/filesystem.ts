import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { mustRun } from "../e2e/support/run.ts";
import { ROOT } from "../e2e/support/sandbox.ts";

export interface Mounted {
  readonly directory: string;
  close(): Promise<void>;
}

const MKFS = {
  xfs: ["mkfs.xfs", "-q", "-m", "reflink=1"],
  ext4: ["mkfs.ext4", "-q"],
} as const;

/** A filesystem in an image of its own, by a loop device. Rejects where the host has none. */
export async function mountFilesystem(type: keyof typeof MKFS, size: string): Promise<Mounted> {
  const top = await mkdtemp(path.join(process.env.TMPDIR ?? path.join(ROOT, "build"), `${type}-`));
  const image = path.join(top, "image");
  const directory = path.join(top, "d");
  const [program, ...options] = MKFS[type];
  try {
    await mustRun("truncate", ["-s", size, image]);
    await mustRun(program, [...options, image]);
    await mkdir(directory);
    await mustRun("mount", ["-o", "loop", image, directory]);
  } catch (error) {
    await rm(top, { recursive: true, force: true });
    throw error;
  }
  return {
    directory,
    async close() {
      await mustRun("umount", [directory]);
      await rm(top, { recursive: true, force: true });
    },
  };
}
