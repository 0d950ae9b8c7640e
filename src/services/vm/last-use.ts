import type { EventEmitter } from "node:events";
import type { VmStore } from "../../domain/stores.ts";
import { errorMessage } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";

/** A VM in use all the time is recorded this often, in milliseconds: what a crash of the daemon may lose. */
const RECORD_MS = 10_000;

export interface LastUseOptions {
  readonly store: Pick<VmStore, "lastUsed" | "setLastUsed">;
  readonly now: () => Date;
  readonly logger: Logger;
}

/** When each VM was last used (VM-14): in memory, and in its record, so that a new daemon goes on with it. */
export class LastUse {
  readonly #store: LastUseOptions["store"];
  readonly #now: () => Date;
  readonly #logger: Logger;
  /** Milliseconds since 1970, by VM. */
  readonly #used = new Map<string, { at: number; recordedAt: number }>();
  readonly #holds = new Map<string, number>();

  constructor({ store, now, logger }: LastUseOptions) {
    this.#store = store;
    this.#now = now;
    this.#logger = logger;
  }

  touch(id: string): void {
    const at = this.#now().getTime();
    const recordedAt = this.#used.get(id)?.recordedAt ?? Number.NEGATIVE_INFINITY;
    const due = at - recordedAt >= RECORD_MS;
    this.#used.set(id, { at, recordedAt: due ? at : recordedAt });
    if (due) this.#record(id, at);
  }

  /** In use until the returned function is called: a command that runs, a session that is open. */
  hold(id: string): () => void {
    this.touch(id);
    this.#holds.set(id, (this.#holds.get(id) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = (this.#holds.get(id) ?? 1) - 1;
      if (left === 0) this.#holds.delete(id);
      else this.#holds.set(id, left);
      this.touch(id);
    };
  }

  /** In use from before a stream is there, however long its guest takes, until it has closed, or could not be opened. */
  async holdStream<T extends EventEmitter>(id: string, open: () => Promise<T>): Promise<T> {
    const release = this.hold(id);
    try {
      return (await open()).once("close", release);
    } catch (error) {
      release();
      throw error;
    }
  }

  isHeld(id: string): boolean {
    return this.#holds.has(id);
  }

  /** Milliseconds since 1970; null: never since it was made. */
  lastUsed(id: string): number | null {
    const used = this.#used.get(id);
    if (used !== undefined) return used.at;
    const recorded = this.#store.lastUsed(id);
    return recorded === null ? null : Date.parse(recorded);
  }

  /** Records what is only in memory yet: the daemon ends. What is held is in use until now. */
  flush(): void {
    for (const id of this.#holds.keys()) this.touch(id);
    for (const [id, { at, recordedAt }] of this.#used) if (at !== recordedAt) this.#record(id, at);
  }

  /** A disk that is full must not keep anybody from using his VM. */
  #record(id: string, at: number): void {
    try {
      this.#store.setLastUsed(id, new Date(at).toISOString());
    } catch (err) {
      this.#logger.warn({ vm: id, err }, `the use of a VM could not be recorded: ${errorMessage(err)}`);
    }
  }
}
