import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "../../shared/errors.ts";

const POLL_MS = 2;
/** Threads of another name in a later version: then the API is asked all the same. */
const PATIENCE_MS = 10_000;

/**
 * Waits until a Firecracker has started its vCPUs' threads, the last thing that it builds, or has ended. Its API must not be asked before: a
 * request that waits while the machine cannot be built makes Firecracker abort, and what was wrong is lost. Rejects with the signal's reason.
 */
export async function vcpusStarted(pid: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    try {
      for (const thread of await readdir(`/proc/${pid}/task`)) {
        if ((await readFile(`/proc/${pid}/task/${thread}/comm`, "utf8")).startsWith("fc_vcpu")) return;
      }
    } catch (error) {
      // A thread that has just ended; the end of the process comes by the signal.
      if (!["ENOENT", "ESRCH"].includes(errorCode(error))) throw error;
    }
    await sleep(POLL_MS);
  }
}
