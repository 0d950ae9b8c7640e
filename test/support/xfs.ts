import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { mustRun } from "../e2e/support/run.ts";
import { ROOT } from "../e2e/support/sandbox.ts";

/** A filesystem that shares blocks between files, in an image of its own. Rejects where the host has none. */
export async function mountXfs(size = "6G"): Promise<{ directory: string; close(): Promise<void> }> {
  const top = await mkdtemp(path.join(process.env.TMPDIR ?? path.join(ROOT, "build"), "xfs-"));
  const image = path.join(top, "image");
  const directory = path.join(top, "d");
  try {
    await mustRun("truncate", ["-s", size, image]);
    await mustRun("mkfs.xfs", ["-q", "-m", "reflink=1", image]);
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
