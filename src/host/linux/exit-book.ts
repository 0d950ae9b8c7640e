import { closedError } from "../closed.ts";
import { type HostError, hasErrno } from "../host-error.ts";
import type { ProcessExit, ProcessRef } from "../host-ops.ts";
import { host } from "../native-error.ts";
import type { Addon, NativeExitWatcher, NativeSpawn } from "./addon.ts";

/** How many ends of children are remembered for a `wait` that comes late. */
const REMEMBERED = 1024;
const UNKNOWN: ProcessExit = { code: null, signal: null };

interface Entry {
  readonly id: bigint;
  key: string | null;
  end: ProcessExit | null;
  readonly waiters: Waiter[];
}

interface Waiter {
  resolve: (end: ProcessExit) => void;
  reject: (error: Error) => void;
}

type Identity = Pick<ProcessRef, "pid" | "startTimeTicks" | "uid">;

/** Who is watched, who waits for whom, and how children ended. Over the addon's one thread of pidfds. */
export class ExitBook {
  readonly #watcher: NativeExitWatcher;
  readonly #byId = new Map<bigint, Entry>();
  readonly #byKey = new Map<string, Entry>();
  #nextId = 1n;
  #waiting = 0;
  #closed = false;

  constructor(addon: Addon) {
    this.#watcher = new addon.ExitWatcher((id, reaped, code, signal) =>
      this.#ended(id, reaped, code, signal),
    );
  }

  knows(ref: Identity): boolean {
    return this.#byKey.has(keyOf(ref));
  }

  /** Whether its end is still to be told. */
  watches(ref: Identity): boolean {
    return this.#byKey.get(keyOf(ref))?.end === null;
  }

  async spawn(program: string, spec: NativeSpawn): Promise<Identity> {
    if (this.#closed) throw closedError("waitid", program);
    const entry = this.#newEntry();
    try {
      const born = { ...(await host(program, () => this.#watcher.spawn(entry.id, spec))), uid: spec.uid };
      this.#name(entry, keyOf(born));
      return born;
    } catch (error) {
      this.#forget(entry);
      throw error;
    }
  }

  async wait(ref: Identity, signal?: AbortSignal): Promise<ProcessExit> {
    signal?.throwIfAborted();
    if (this.#closed) throw closedError("waitid", `pid ${ref.pid}`);
    const known = this.#byKey.get(keyOf(ref));
    if (known !== undefined) return this.#wait(known, signal);
    const entry = this.#newEntry();
    this.#name(entry, keyOf(ref));
    const end = this.#wait(entry, signal);
    end.catch(() => undefined); // close() or an abort may come before the caller has it
    try {
      await host(`pid ${ref.pid}`, () => this.#watcher.watch(entry.id, ref.pid, ref.startTimeTicks));
    } catch (error) {
      if (hasErrno(error, "ESRCH")) this.#settle(entry, UNKNOWN);
      else this.#fail(entry, error as HostError);
      this.#forget(entry);
    }
    return end;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watcher.close();
    for (const entry of [...this.#byId.values()]) {
      this.#fail(
        entry,
        closedError("waitid", entry.key === null ? "process" : `pid ${entry.key.split(":")[0]}`),
      );
      this.#forget(entry);
    }
  }

  #ended(id: bigint, reaped: boolean, code: number, signal: number): void {
    const entry = this.#byId.get(id);
    if (entry === undefined) return;
    this.#settle(
      entry,
      reaped ? { code: signal === 0 ? code : null, signal: signal === 0 ? null : signal } : UNKNOWN,
    );
    this.#byId.delete(id);
    if (!reaped) this.#forget(entry);
    this.#dropOldest();
  }

  /** Map keeps the order of insertion: the first that has ended is about the oldest. */
  #dropOldest(): void {
    if (this.#byKey.size <= REMEMBERED) return;
    for (const [key, entry] of this.#byKey) {
      if (entry.end === null) continue;
      this.#byKey.delete(key);
      return;
    }
  }

  #wait(entry: Entry, signal: AbortSignal | undefined): Promise<ProcessExit> {
    if (entry.end !== null) return Promise.resolve(entry.end);
    this.#count(+1);
    return new Promise((resolve, reject) => {
      const leave = () => {
        entry.waiters.splice(entry.waiters.indexOf(waiter), 1);
        this.#count(-1);
        reject(signal?.reason);
      };
      const stay = () => signal?.removeEventListener("abort", leave);
      const waiter: Waiter = {
        resolve: (end) => {
          stay();
          resolve(end);
        },
        reject: (error) => {
          stay();
          reject(error);
        },
      };
      entry.waiters.push(waiter);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  #settle(entry: Entry, end: ProcessExit): void {
    entry.end = end;
    this.#count(-entry.waiters.length);
    for (const waiter of entry.waiters.splice(0)) waiter.resolve(end);
  }

  #fail(entry: Entry, error: Error): void {
    this.#count(-entry.waiters.length);
    for (const waiter of entry.waiters.splice(0)) waiter.reject(error);
  }

  /** Only somebody who waits keeps the event loop alive. */
  #count(change: number): void {
    const before = this.#waiting;
    this.#waiting += change;
    if (!this.#closed && before > 0 !== this.#waiting > 0) this.#watcher.setRef(this.#waiting > 0);
  }

  #newEntry(): Entry {
    const entry: Entry = { id: this.#nextId++, key: null, end: null, waiters: [] };
    this.#byId.set(entry.id, entry);
    return entry;
  }

  #name(entry: Entry, key: string): void {
    entry.key = key;
    this.#byKey.set(key, entry);
  }

  #forget(entry: Entry): void {
    this.#byId.delete(entry.id);
    if (entry.key !== null) this.#byKey.delete(entry.key);
  }
}

function keyOf(ref: Identity): string {
  return `${ref.pid}:${ref.startTimeTicks}:${ref.uid}`;
}
