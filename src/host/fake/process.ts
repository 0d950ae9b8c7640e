import { closedError } from "../closed.ts";
import { HostError, invalid } from "../host-error.ts";
import type {
  ProcessExit,
  ProcessOps,
  ProcessRef,
  ProcessSpawn,
  ProcessUsage,
  SyncOps,
} from "../host-ops.ts";
import { netnsPath } from "../netns-name.ts";
import type { Faults } from "./faults.ts";
import type { FakeKernel } from "./kernel.ts";
import type { FakeNetns } from "./netns.ts";
import { checkFakeSpawn, openFds } from "./process-checks.ts";

const BOOT_ID = "00000000-0000-4000-8000-00000000fa4e";
const MOST_SIGNAL = 64;
/** SIGCHLD, SIGCONT, SIGURG, SIGWINCH: they end nobody. */
const HARMLESS = new Set([0, 17, 18, 23, 28]);

/** How a simulated program ends, at once; null: it runs until a signal ends it. */
export type SimulatedProgram = (spec: ProcessSpawn) => ProcessExit | null;

interface Running {
  readonly ref: ProcessRef;
  readonly commandLine: string[];
  readonly release: () => void;
  end: ProcessExit | null;
  waiters: { resolve: (end: ProcessExit) => void; reject: (error: Error) => void }[];
}

/** Processes that exist in this map only. */
export class FakeProcess implements ProcessOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;
  readonly #netns: FakeNetns;
  readonly #program: SimulatedProgram;
  readonly #processes = new Map<number, Running>();
  #nextPid = 5_000_000; // above any real pid (PID_MAX_LIMIT is 4,194,304): nobody is signalled by mistake
  #ticks = 1000n;
  #closed = false;

  constructor(kernel: FakeKernel, faults: Faults, netns: FakeNetns, program: SimulatedProgram) {
    this.#kernel = kernel;
    this.#faults = faults;
    this.#netns = netns;
    this.#program = program;
  }

  async spawn(spec: ProcessSpawn): Promise<ProcessRef> {
    await this.#faults.gate("process.spawn", spec.program);
    if (this.#closed) throw closedError("waitid", spec.program);
    await checkFakeSpawn(spec, this.#kernel);
    const links = spec.netns === undefined ? this.#kernel : this.#netns.kernelOf(spec.netns);
    if (links === null) throw notThere(spec.netns ?? "");
    const pid = this.#nextPid++;
    const release = await openFds(spec, pid, this.#kernel, links);
    const ref: ProcessRef = { pid, startTimeTicks: this.#ticks++, bootId: BOOT_ID, uid: spec.uid };
    this.#processes.set(pid, { ref, commandLine: spec.argv, release, end: null, waiters: [] });
    const end = this.#program(spec);
    if (end !== null) queueMicrotask(() => this.end(pid, end));
    return ref;
  }

  async isAlive(ref: ProcessRef): Promise<boolean> {
    await this.#faults.gate("process.isAlive", `pid ${ref.pid}`);
    return this.#isAlive(ref);
  }

  async wait(ref: ProcessRef, { signal }: { signal?: AbortSignal } = {}): Promise<ProcessExit> {
    await this.#faults.gate("process.wait", `pid ${ref.pid}`);
    signal?.throwIfAborted();
    if (this.#closed) throw closedError("waitid", `pid ${ref.pid}`);
    const found = this.#find(ref);
    if (found === undefined) return { code: null, signal: null };
    if (found.end !== null) return found.end;
    const { promise, resolve, reject } = Promise.withResolvers<ProcessExit>();
    const waiter = { resolve, reject };
    found.waiters.push(waiter);
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
      found.waiters = found.waiters.filter((each) => each !== waiter);
    }
  }

  async signal(ref: ProcessRef, signal: number): Promise<boolean> {
    await this.#faults.gate("process.signal", `pid ${ref.pid}`);
    return this.#signal(ref, signal);
  }

  async usage(ref: ProcessRef): Promise<ProcessUsage | null> {
    await this.#faults.gate("process.usage", `pid ${ref.pid}`);
    return this.#usage(ref);
  }

  readonly sync: SyncOps["process"] = {
    isAlive: (ref) => {
      this.#faults.gateSync("process.isAlive", `pid ${ref.pid}`);
      return this.#isAlive(ref);
    },
    signal: (ref, signal) => {
      this.#faults.gateSync("process.signal", `pid ${ref.pid}`);
      return this.#signal(ref, signal);
    },
    usage: (ref) => {
      this.#faults.gateSync("process.usage", `pid ${ref.pid}`);
      return this.#usage(ref);
    },
  };

  async listByUid(range: {
    first: number;
    last: number;
  }): Promise<(ProcessRef & { commandLine: string[] })[]> {
    await this.#faults.gate("process.listByUid", `${range.first}-${range.last}`);
    return [...this.#processes.values()]
      .filter(({ ref, end }) => end === null && ref.uid >= range.first && ref.uid <= range.last)
      .map(({ ref, commandLine }) => ({ ...ref, commandLine }));
  }

  /** For tests: the process ends by itself, or crashes. */
  end(pid: number, end: ProcessExit): void {
    const found = this.#processes.get(pid);
    if (found === undefined || found.end !== null) return;
    found.end = end;
    found.release();
    for (const waiter of found.waiters.splice(0)) waiter.resolve(end);
  }

  close(): void {
    this.#closed = true;
    for (const { ref, waiters } of this.#processes.values()) {
      for (const waiter of waiters.splice(0)) waiter.reject(closedError("waitid", `pid ${ref.pid}`));
    }
  }

  #isAlive(ref: ProcessRef): boolean {
    return this.#find(ref)?.end === null;
  }

  #signal(ref: ProcessRef, signal: number): boolean {
    if (!this.#isAlive(ref)) return false;
    if (!(Number.isInteger(signal) && signal >= 0 && signal <= MOST_SIGNAL))
      throw invalid("pidfd_send_signal", `pid ${ref.pid}`, `${signal} is no signal`);
    if (!HARMLESS.has(signal)) this.end(ref.pid, { code: null, signal });
    return true;
  }

  #usage(ref: ProcessRef): ProcessUsage | null {
    if (!this.#isAlive(ref)) return null;
    return this.#kernel.usage.get(ref.pid) ?? { cpuMicroseconds: 0n, rssBytes: 0n };
  }

  #find(ref: ProcessRef): Running | undefined {
    const found = this.#processes.get(ref.pid);
    const same =
      found?.ref.startTimeTicks === ref.startTimeTicks && ref.bootId === BOOT_ID && found.ref.uid === ref.uid;
    return same ? found : undefined;
  }
}

function notThere(netns: string): HostError {
  return new HostError({ errnoCode: "ENOENT", syscall: "open", object: netnsPath(netns) });
}
