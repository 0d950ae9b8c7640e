import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { mustRun } from "./run.ts";
import { BASE, CLI, environment } from "./sandbox.ts";

/**
 * vitest's global set-up for e2e: the default image and kernel are assembled once, by the built CLI as a user would, into a state
 * directory that the sandboxes link from. Needs the network; everything after it does not. `BANGER_BASE_READY=1` says that it was done.
 */
export async function setup(): Promise<void> {
  if (process.env.BANGER_BASE_READY === "1") return;
  if (!existsSync(CLI)) throw new Error(`${CLI} is not there: run \`make build\` first`);
  await mkdir(path.join(BASE, "home"), { recursive: true });
  await mkdir("/run/banger-test", { recursive: true });
  const runtime = await mkdtemp("/run/banger-test/base-");
  const env = environment(BASE, runtime);
  try {
    try {
      await mustRun(CLI, ["image", "pull", "debian-bookworm"], { env });
    } finally {
      // Of a pull that failed, too: it would hold the state directory against the next attempt.
      await mustRun(CLI, ["daemon", "stop"], { env });
    }
  } finally {
    await rm(runtime, { recursive: true });
  }
}
