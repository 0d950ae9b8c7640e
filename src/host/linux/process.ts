import type {
  ProcessExit,
  ProcessOps,
  ProcessRef,
  ProcessSpawn,
  ProcessUsage,
  SyncOps,
} from "../host-ops.ts";
import { host } from "../native-error.ts";
import type { Addon } from "./addon.ts";
import { ExitBook } from "./exit-book.ts";
import { commandLineOf, listPids, processOf } from "./proc.ts";
import { ProcessLook } from "./process-look.ts";
import { toNativeSpawn } from "./process-spawn.ts";
import { atOnce, later } from "./steps.ts";

/** Processes by clone3 and pidfds: Linux 5.7 (CLONE_INTO_CGROUP), 5.12 with a jail (mount_setattr). */
export class LinuxProcess implements ProcessOps {
  readonly sync: SyncOps["process"];
  readonly #addon: Addon;
  readonly #book: ExitBook;
  readonly #look = new ProcessLook();
  #spawning: Promise<unknown> = Promise.resolve();

  constructor(addon: Addon) {
    this.#addon = addon;
    this.#book = new ExitBook(addon);
    const look = this.#look;
    this.sync = {
      isAlive: (ref) => atOnce(addon, look.isAlive(ref)),
      signal: (ref, signal) => atOnce(addon, look.signal(ref, signal, this.#book.watches(ref))),
      usage: (ref) => atOnce(addon, look.usage(ref)),
    };
  }

  async spawn(spec: ProcessSpawn): Promise<ProcessRef> {
    const native = toNativeSpawn(spec);
    const bootId = await later(this.#addon, this.#look.bootId());
    // One after another, as the addon makes them anyway: those that wait for their turn hold no thread.
    const born = this.#spawning.then(() => this.#book.spawn(spec.program, native));
    this.#spawning = born.catch(() => undefined);
    return { ...(await born), bootId };
  }

  isAlive(ref: ProcessRef): Promise<boolean> {
    return later(this.#addon, this.#look.isAlive(ref));
  }

  async wait(ref: ProcessRef, { signal }: { signal?: AbortSignal } = {}): Promise<ProcessExit> {
    signal?.throwIfAborted();
    if (ref.bootId !== (await later(this.#addon, this.#look.bootId()))) return { code: null, signal: null };
    // Not isAlive first: a child of ours that is a zombie still has its status to tell.
    if (!this.#book.knows(ref) && !(await this.isAlive(ref))) return { code: null, signal: null };
    return this.#book.wait(ref, signal);
  }

  signal(ref: ProcessRef, signal: number): Promise<boolean> {
    return later(this.#addon, this.#look.signal(ref, signal, this.#book.watches(ref)));
  }

  usage(ref: ProcessRef): Promise<ProcessUsage | null> {
    return later(this.#addon, this.#look.usage(ref));
  }

  async listByUid(range: {
    first: number;
    last: number;
  }): Promise<(ProcessRef & { commandLine: string[] })[]> {
    const addon = this.#addon;
    const bootId = await later(addon, this.#look.bootId());
    const found: (ProcessRef & { commandLine: string[] })[] = [];
    // One after another: a host may have thousands, which all at once would keep the addon's four threads from all else.
    for (const pid of await host("/proc", listPids)) {
      const process = await later(addon, processOf(pid));
      if (process === null || process.uid < range.first || process.uid > range.last) continue;
      const { startTimeTicks, uid } = process;
      found.push({ pid, startTimeTicks, bootId, uid, commandLine: await later(addon, commandLineOf(pid)) });
    }
    return found;
  }

  close(): void {
    this.#book.close();
  }
}
