import { rmSync, statSync } from "node:fs";

/** The machine writes a byte every five seconds; a host that has no CPU for it makes that slower, and its boot. In seconds. */
const SILENCE_SECONDS = 180;

/**
 * Calls `stalled` once when a file has not grown for three minutes. A machine under software emulation stands still for ever now and then
 * (docs/lab.md says why, and what is done against it), with its interrupts off: nothing in it can tell.
 */
export function watchHeartbeat(file: string, stalled: () => void): { stop(): void } {
  rmSync(file, { force: true });
  let seen = 0;
  let since = performance.now();
  const timer = setInterval(() => {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size !== seen) {
      seen = size;
      since = performance.now();
    } else if (performance.now() - since > SILENCE_SECONDS * 1000) {
      clearInterval(timer);
      stalled();
    }
  }, 1000);
  return { stop: () => clearInterval(timer) };
}
