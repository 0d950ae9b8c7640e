import { mountXfs } from "../../support/xfs.ts";
import type { Row } from "./report.ts";

/** Runs a row on a filesystem that shares blocks between files; skipped where there is none to be had. */
export async function withXfs(name: string, body: (directory: string) => Promise<Row>): Promise<Row[]> {
  const xfs = await mountXfs().catch((error: Error) => error);
  if (xfs instanceof Error) return [{ name, skipped: `no XFS on a loop device: ${xfs.message}` }];
  try {
    return [await body(xfs.directory)];
  } finally {
    await xfs.close();
  }
}
