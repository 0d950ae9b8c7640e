import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../e2e/support/sandbox.ts";
import type { Row } from "./report.ts";

/** Runs a row on a filesystem that shares blocks between files, in an image of its own; skipped where there is none to be had. */
export async function withXfs(body: (directory: string) => Promise<Row>): Promise<Row[]> {
  const top = mkdtempSync(path.join(ROOT, "build/xfs-"));
  const image = path.join(top, "image");
  const directory = path.join(top, "d");
  try {
    execFileSync("truncate", ["-s", "6G", image]);
    try {
      execFileSync("mkfs.xfs", ["-q", "-m", "reflink=1", image]);
      execFileSync("mkdir", [directory]);
      execFileSync("mount", ["-o", "loop", image, directory]);
    } catch (error) {
      return [{ name: "create-cold-xfs", skipped: `no XFS on a loop device: ${(error as Error).message}` }];
    }
    try {
      return [await body(directory)];
    } finally {
      execFileSync("umount", [directory]);
    }
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}
