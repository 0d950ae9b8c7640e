import type { HostOps, ProcessUsage } from "../../host/host-ops.ts";
import type { Machine } from "./machines.ts";

/** How long the first look waits for its second, at most, in milliseconds. */
const FIRST_MS = 1_000;
/** An earlier look is compared with as long as it is no older than so many intervals. */
const OLDEST_INTERVALS = 10;

export interface CpuMeterOptions {
  readonly host: Pick<HostOps, "process" | "cgroup">;
  readonly intervalMs: number;
  /** Milliseconds, monotonic. */
  readonly monotonic: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

interface Look {
  readonly pid: number;
  readonly at: number;
  readonly usage: ProcessUsage;
}

export interface Measured {
  /** Of one CPU: 200 is two that do nothing else. */
  readonly cpuPercent: number;
  readonly rssBytes: number;
}

/** Measures VMMs between two looks: the one before, if somebody watches, else one now and one a moment later. */
export class CpuMeter {
  readonly #options: CpuMeterOptions;
  readonly #looks = new Map<string, Look>();

  constructor(options: CpuMeterOptions) {
    this.#options = options;
  }

  /** By VM; those that ended meanwhile are not in it. */
  async measure(machines: readonly Machine[]): Promise<Map<string, Measured>> {
    const { intervalMs, sleep } = this.#options;
    const before = new Map<string, Look>();
    let waits = false;
    await Promise.all(
      machines.map(async (machine) => {
        const known = this.#known(machine);
        const look = known ?? (await this.#look(machine));
        if (known === null) waits = true;
        if (look !== null) before.set(machine.vm.id, look);
      }),
    );
    if (waits) await sleep(Math.min(intervalMs, FIRST_MS));
    const measured = new Map<string, Measured>();
    await Promise.all(
      machines.map(async (machine) => {
        const [then, now] = [before.get(machine.vm.id), await this.#look(machine)];
        if (now === null) return void this.#looks.delete(machine.vm.id);
        if (then !== undefined) measured.set(machine.vm.id, difference(then, now));
        // Several watchers share one measure: a look that is too young is not kept.
        if (this.#known(machine) === null || now.at - (then?.at ?? 0) >= intervalMs / 2) {
          this.#looks.set(machine.vm.id, now);
        }
      }),
    );
    return measured;
  }

  /** The last look, if it can be compared with. */
  #known({ vm, handles }: Machine): Look | null {
    const { intervalMs, monotonic } = this.#options;
    const look = this.#looks.get(vm.id);
    const age = monotonic() - (look?.at ?? 0);
    const fits = age >= intervalMs / 2 && age <= intervalMs * OLDEST_INTERVALS;
    return look !== undefined && fits && look.pid === handles.process?.pid ? look : null;
  }

  /** The cgroup's time is exact, that of /proc goes by ticks; memory is the VMM's own, since a cgroup counts the page cache as well. */
  async #look({ handles }: Machine): Promise<Look | null> {
    const { host, monotonic } = this.#options;
    if (handles.process === null) return null;
    const [usage, leaf] = await Promise.all([
      host.process.usage(handles.process),
      handles.cgroup === null ? null : host.cgroup.usage(handles.cgroup).catch(() => null),
    ]);
    if (usage === null) return null;
    const cpuMicroseconds = leaf?.cpuMicroseconds ?? usage.cpuMicroseconds;
    return { pid: handles.process.pid, at: monotonic(), usage: { ...usage, cpuMicroseconds } };
  }
}

function difference(then: Look, now: Look): Measured {
  const micros = Number(now.usage.cpuMicroseconds - then.usage.cpuMicroseconds);
  const elapsed = (now.at - then.at) * 1_000;
  return {
    cpuPercent: elapsed <= 0 ? 0 : Math.max(0, (micros / elapsed) * 100),
    rssBytes: Number(now.usage.rssBytes),
  };
}
