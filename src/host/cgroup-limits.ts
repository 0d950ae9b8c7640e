import { invalid } from "./host-error.ts";
import type { CgroupLimits } from "./host-ops.ts";

const CPU_PERIOD_MICROSECONDS = 100_000;

/** One directory, and no way out of it. */
export function checkCgroupName(name: string): void {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) throw invalid("cgroup", name, "not a name of a cgroup");
}

/** What is written where. */
export function limitFiles(limits: CgroupLimits): [string, string][] {
  const files: [string, string][] = [];
  if (limits.memoryMaxBytes !== undefined) files.push(["memory.max", String(limits.memoryMaxBytes)]);
  if (limits.pidsMax !== undefined) files.push(["pids.max", String(limits.pidsMax)]);
  if (limits.cpuMaxPercent !== undefined) {
    const quota = Math.round((limits.cpuMaxPercent / 100) * CPU_PERIOD_MICROSECONDS);
    files.push(["cpu.max", `${quota} ${CPU_PERIOD_MICROSECONDS}`]);
  }
  return files;
}
