import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";

/** A directory of its own for each test. Call inside `describe`. */
export function useScratch(): { path(name: string): string } {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), "banger-test-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  return { path: (name) => path.join(directory, name) };
}
