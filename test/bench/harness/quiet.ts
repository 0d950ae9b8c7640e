import { cpus } from "node:os";

const WINDOW_MS = 500;
/** CPUs that may be busy: a host that nobody works on has its ticks and daemons. */
const QUIET_CPUS = 0.2;
const QUIET_WINDOWS = 2;

interface Ticks {
  readonly busy: number;
  readonly all: number;
  readonly cpus: number;
}

/**
 * Waits for at least `leastMs`, then until the host's CPUs have done next to nothing for a second, or `mostMs` are over: what was measured
 * last, and what it left the CPUs to do, is no part of what is measured next. Of disks that are still written to it knows nothing.
 */
export async function untilQuiet(
  { leastMs, mostMs }: { leastMs: number; mostMs: number },
  read: () => Ticks = ticks,
): Promise<void> {
  const start = performance.now();
  await sleep(leastMs);
  let before = read();
  for (let quiet = 0; quiet < QUIET_WINDOWS && performance.now() - start < mostMs; ) {
    await sleep(WINDOW_MS);
    const now = read();
    const share = (now.busy - before.busy) / Math.max(1, now.all - before.all);
    quiet = share * now.cpus < QUIET_CPUS ? quiet + 1 : 0;
    before = now;
  }
}

function ticks(): Ticks {
  let [busy, all] = [0, 0];
  const every = cpus();
  for (const { times } of every) {
    const sum = times.user + times.nice + times.sys + times.irq;
    busy += sum;
    all += sum + times.idle;
  }
  return { busy, all, cpus: every.length };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
