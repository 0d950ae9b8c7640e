import { hasErrno } from "../host-error.ts";
import type { ProcessExit, ProcessOps, ProcessRef, ProcessSpawn, ProcessUsage } from "../host-ops.ts";
import { host } from "../native-error.ts";
import type { Addon } from "./addon.ts";
import { ExitBook } from "./exit-book.ts";
import { listPids, type ReadFile, readCommandLine, readProcess, readUsage } from "./proc.ts";
import { toNativeSpawn } from "./process-spawn.ts";

const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** Processes by clone3 and pidfds: Linux 5.7 (CLONE_INTO_CGROUP), 5.12 with a jail (mount_setattr). */
export class LinuxProcess implements ProcessOps {
  readonly #addon: Addon;
  readonly #book: ExitBook;
  readonly #read: ReadFile;
  #bootId: Promise<string> | null = null;
  #spawning: Promise<unknown> = Promise.resolve();

  constructor(addon: Addon) {
    this.#addon = addon;
    this.#read = (path) => addon.procRead(path);
    this.#book = new ExitBook(addon);
  }

  async spawn(spec: ProcessSpawn): Promise<ProcessRef> {
    const native = toNativeSpawn(spec);
    const bootId = await this.#readBootId();
    // One after another, as the addon makes them anyway: those that wait for their turn hold no thread of the pool.
    const born = this.#spawning.then(() => this.#book.spawn(spec.program, native));
    this.#spawning = born.catch(() => undefined);
    return { ...(await born), bootId };
  }

  async isAlive(ref: ProcessRef): Promise<boolean> {
    if (ref.bootId !== (await this.#readBootId())) return false;
    const found = await host(`pid ${ref.pid}`, () => readProcess(this.#read, ref.pid));
    return found !== null && found.startTimeTicks === ref.startTimeTicks && found.uid === ref.uid;
  }

  async wait(ref: ProcessRef, { signal }: { signal?: AbortSignal } = {}): Promise<ProcessExit> {
    signal?.throwIfAborted();
    if (ref.bootId !== (await this.#readBootId())) return { code: null, signal: null };
    // Not isAlive first: a child of ours that is a zombie still has its status to tell.
    if (!this.#book.knows(ref) && !(await this.isAlive(ref))) return { code: null, signal: null };
    return this.#book.wait(ref, signal);
  }

  async signal(ref: ProcessRef, signal: number): Promise<boolean> {
    if (!(await this.isAlive(ref))) return false;
    try {
      await host(`pid ${ref.pid}`, () => this.#addon.processSignal(ref.pid, ref.startTimeTicks, signal));
      return true;
    } catch (error) {
      if (hasErrno(error, "ESRCH")) return false;
      throw error;
    }
  }

  async usage(ref: ProcessRef): Promise<ProcessUsage | null> {
    const read = await host(`pid ${ref.pid}`, () => readUsage(this.#read, ref.pid));
    // Asked after the read: while it lives, nobody else has had its pid.
    return (await this.isAlive(ref)) ? read : null;
  }

  async listByUid(range: {
    first: number;
    last: number;
  }): Promise<(ProcessRef & { commandLine: string[] })[]> {
    const bootId = await this.#readBootId();
    const found = await host("/proc", async () =>
      Promise.all(
        (await listPids()).map(async (pid) => {
          const process = await readProcess(this.#read, pid);
          if (process === null || process.uid < range.first || process.uid > range.last) return null;
          const { startTimeTicks, uid } = process;
          return { pid, startTimeTicks, bootId, uid, commandLine: await readCommandLine(this.#read, pid) };
        }),
      ),
    );
    return found.filter((process) => process !== null);
  }

  close(): void {
    this.#book.close();
  }

  #readBootId(): Promise<string> {
    this.#bootId ??= host("boot_id", async () => (await this.#read(BOOT_ID)).trim());
    return this.#bootId;
  }
}
