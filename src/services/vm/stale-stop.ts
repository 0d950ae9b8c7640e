import type { VmState } from "../../domain/vm.ts";
import type { LinkOps } from "../../host/host-ops.ts";
import type { Logger } from "../../shared/logger.ts";
import type { LastUse } from "./last-use.ts";
import type { Machine } from "./machines.ts";

/** Bytes to a guest between two looks that are somebody's use of it; below are ARP, clocks and other murmur. */
const TRAFFIC_BYTES = 4096n;
/** A daemon is often started by the very command that uses an idle VM: it has so long to come through, in milliseconds. */
const GRACE_MS = 30_000;
const LEAST_LOOK_MS = 500;
const MOST_LOOK_MS = 60_000;

export interface StaleStopOptions {
  readonly staleAfterMs: number;
  readonly lastUse: LastUse;
  readonly machines: { readonly running: Machine[]; state(id: string): VmState };
  readonly link: Pick<LinkOps, "get">;
  readonly now: () => Date;
  readonly logger: Logger;
  /** Begins to stop a VM, and asks `isIdle` under its lock whether to; resolves when that has ended, however. */
  readonly stop: (id: string, isIdle: () => boolean) => Promise<void>;
}

/**
 * Stops VMs that nobody has used for a while (VM-14). Commands and sessions hold a VM; traffic to it is use as well, since not all use
 * comes through the daemon (ssh, a browser).
 */
export class StaleStop {
  readonly #options: StaleStopOptions;
  /** Bytes that each TAP had sent to its guest at the last look. */
  readonly #traffic = new Map<string, bigint>();
  readonly #stopping = new Set<string>();
  /** Milliseconds since 1970. */
  #notBefore = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: StaleStopOptions) {
    this.#options = options;
  }

  /** Begins to look, ten times in the time after which a VM is stale. */
  start(): void {
    const { staleAfterMs, now } = this.#options;
    const every = Math.min(Math.max(staleAfterMs / 10, LEAST_LOOK_MS), MOST_LOOK_MS);
    this.#notBefore = now().getTime() + Math.min(staleAfterMs, GRACE_MS);
    this.#timer ??= setInterval(() => {
      this.look().catch((err) => this.#options.logger.warn({ err }, "idle VMs could not be looked for"));
    }, every).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** One look at all that runs. Resolves to the ids of those that it began to stop. */
  async look(): Promise<string[]> {
    const { machines } = this.#options;
    const { running } = machines;
    const ids = new Set(running.map(({ vm }) => vm.id));
    for (const id of this.#traffic.keys()) if (!ids.has(id)) this.#traffic.delete(id);
    for (const machine of running) await this.#notice(machine);
    if (this.#options.now().getTime() < this.#notBefore) return [];
    const stale = running.map(({ vm }) => vm.id).filter((id) => !this.#stopping.has(id) && this.#isStale(id));
    for (const id of stale) this.#stop(id);
    return stale;
  }

  async #notice({ vm, handles }: Machine): Promise<void> {
    const { link, lastUse } = this.#options;
    // A TAP's tx is what its guest receives.
    const sent = (await link.get(handles.tap).catch(() => null))?.txBytes;
    if (sent === undefined) return;
    const before = this.#traffic.get(vm.id);
    this.#traffic.set(vm.id, sent);
    if (before !== undefined && sent - before >= TRAFFIC_BYTES) lastUse.touch(vm.id);
  }

  #isStale(id: string): boolean {
    const { machines, lastUse, now, staleAfterMs } = this.#options;
    const machine = machines.running.find(({ vm }) => vm.id === id);
    if (machine === undefined || machines.state(id) !== "running") return false;
    if (lastUse.isHeld(id)) return false;
    const started = Date.parse(machine.handles.startedAt ?? machine.vm.createdAt);
    return now().getTime() - Math.max(started, lastUse.lastUsed(id) ?? 0) >= staleAfterMs;
  }

  #stop(id: string): void {
    const { logger, stop, staleAfterMs } = this.#options;
    logger.info({ vm: id, staleAfterMs }, "nobody used this VM; stopping it");
    this.#stopping.add(id);
    stop(id, () => this.#isStale(id))
      .catch((err) => logger.warn({ vm: id, err }, "an idle VM could not be stopped; it is looked at again"))
      .finally(() => this.#stopping.delete(id));
  }
}
