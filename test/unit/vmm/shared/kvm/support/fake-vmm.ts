import { appendFile } from "node:fs/promises";
import type {
  ProcessExit,
  ProcessOps,
  ProcessRef,
  ProcessSpawn,
} from "../../../../../../src/host/host-ops.ts";
import { KvmProbe, type KvmProbeOptions } from "../../../../../../src/vmm/shared/kvm/probe.ts";

const REF: ProcessRef = { pid: 1, startTimeTicks: 1n, bootId: "b", uid: 1 };
const TIMEOUT_MS = 50;

/** A VMM that prints this, and ends or hangs; how often it was started, and killed. */
export class FakeVmm {
  readonly spawned: ProcessSpawn[] = [];
  readonly signals: number[] = [];
  readonly #output: string;
  readonly #ended = Promise.withResolvers<ProcessExit>();
  readonly #cpuMs: number | null;

  /** @param cpuMs what it used of the time, when it hangs */
  constructor(output: string, hangs: boolean, cpuMs: number | null = TIMEOUT_MS) {
    this.#output = output;
    this.#cpuMs = cpuMs;
    if (!hangs) this.#ended.resolve({ code: 0, signal: null });
  }

  probe(options: Partial<Omit<KvmProbeOptions, "cpuinfo">> & { cpuinfo?: string } = {}): KvmProbe {
    const process: Pick<ProcessOps, "spawn" | "wait" | "signal" | "usage"> = {
      spawn: async (spec) => {
        this.spawned.push(spec);
        for (const fd of spec.fds)
          if (fd.kind === "log" && fd.target === 1) await appendFile(fd.path, this.#output);
        return REF;
      },
      wait: () => this.#ended.promise,
      usage: async () => {
        // Of a process that has ended there is nothing to read.
        if (this.#cpuMs === null || this.signals.length > 0) return null;
        return { cpuMicroseconds: BigInt(this.#cpuMs) * 1000n, rssBytes: 0n };
      },
      signal: async (_, signal) => {
        this.signals.push(signal);
        this.#ended.resolve({ code: null, signal });
        return true;
      },
    };
    const { cpuinfo = "flags\t\t: fpu svm lm\n", ...others } = options;
    return new KvmProbe({
      hostOps: { process: process as ProcessOps },
      uid: 700_000,
      cacheDirectory: null,
      timeoutMs: TIMEOUT_MS,
      ...others,
      cpuinfo: async () => cpuinfo,
    });
  }
}
