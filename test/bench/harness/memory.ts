import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

const SAMPLE_MS = 20;

/** Resident memory of a process in MiB, or null when it is gone (a zombie has none). */
export async function residentMib(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? null : Math.round(Number(kib) / 1024);
}

/** Samples a process while `body` runs: the most that was seen. */
export async function most(pid: number, body: () => Promise<unknown>): Promise<number> {
  const state = { over: false, max: (await residentMib(pid)) ?? 0 };
  const sampling = (async () => {
    while (!state.over) {
      state.max = Math.max(state.max, (await residentMib(pid)) ?? 0);
      await setTimeout(SAMPLE_MS);
    }
  })();
  try {
    await body();
  } finally {
    state.over = true;
    await sampling;
  }
  return state.max;
}
