import { execFile } from "node:child_process";

/** A program that says nothing in this time has no version for us, in milliseconds. */
const TIMEOUT_MS = 30_000;
const MOST_BYTES = 64 * 1024;

/** What a VMM's program says to `--version`: `QEMU emulator version 7.2.0`, `Firecracker v1.17.0`. Null when it does not run, or does not say. */
export function programVersion(program: string): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: MOST_BYTES, cwd: "/", env: { LC_ALL: "C" } } as const;
    execFile(program, ["--version"], options, (error, stdout) => {
      resolve(error === null ? versionIn(stdout) : null);
    });
  });
}

/** The first `1.2.3` or `1.2` of a text. */
export function versionIn(text: string): string | null {
  return /(?<![\w.])v?(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1] ?? null;
}
