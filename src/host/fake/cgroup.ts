import path from "node:path";
import { checkCgroupName, limitFiles } from "../cgroup-limits.ts";
import { HostError } from "../host-error.ts";
import type { CgroupLimits, CgroupOps } from "../host-ops.ts";
import type { Faults } from "./faults.ts";
import type { FakeKernel } from "./kernel.ts";
import type { FakeProcess } from "./process.ts";

const SIGKILL = 9;

export class FakeCgroup implements CgroupOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;
  readonly #process: FakeProcess;
  readonly #root: string | null;

  constructor(kernel: FakeKernel, faults: Faults, process: FakeProcess, root: string | null) {
    this.#kernel = kernel;
    this.#faults = faults;
    this.#process = process;
    this.#root = root;
  }

  async root(): Promise<string | null> {
    await this.#faults.gate("cgroup.root", "cgroup");
    return this.#root;
  }

  async create(name: string, limits: CgroupLimits): Promise<string> {
    await this.#faults.gate("cgroup.create", name);
    checkCgroupName(name);
    const files = Object.fromEntries(limitFiles(limits));
    if (this.#root === null)
      throw new HostError({ errnoCode: "EOPNOTSUPP", syscall: "cgroup", object: name });
    const leaf = path.join(this.#root, "banger", name);
    const pids = this.#kernel.cgroups.get(leaf)?.pids ?? new Set<number>();
    this.#kernel.cgroups.set(leaf, { pids, files });
    return leaf;
  }

  async usage(name: string): Promise<{ cpuMicroseconds: bigint } | null> {
    await this.#faults.gate("cgroup.usage", name);
    checkCgroupName(name);
    const leaf = this.#kernel.cgroups.get(path.join(this.#root ?? "", "banger", name));
    if (leaf === undefined) return null;
    const used = [...leaf.pids].map((pid) => this.#kernel.usage.get(pid)?.cpuMicroseconds ?? 0n);
    return { cpuMicroseconds: used.reduce((sum, each) => sum + each, 0n) };
  }

  async delete(name: string): Promise<void> {
    await this.#faults.gate("cgroup.delete", name);
    checkCgroupName(name);
    const leaf = path.join(this.#root ?? "", "banger", name);
    for (const pid of this.#kernel.cgroups.get(leaf)?.pids ?? []) {
      this.#process.end(pid, { code: null, signal: SIGKILL });
    }
    this.#kernel.cgroups.delete(leaf);
  }
}
