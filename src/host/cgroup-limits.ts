import { invalid } from "./host-error.ts";
import type { CgroupLimits } from "./host-ops.ts";

const CPU_PERIOD_MICROSECONDS = 100_000;
/** PID_MAX_LIMIT of linux/threads.h, on 64 bits. */
const MOST_PIDS = 4_194_304;
/** Ten thousand CPUs; the kernel takes no quota of more than some days. */
const MOST_PERCENT = 1_000_000;

/** One directory, and no way out of it. */
export function checkCgroupName(name: string): void {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) throw invalid("cgroup", name, "not a name of a cgroup");
}

/** What is written where. ERR_HOST_INVALID for what the kernel would refuse when half of it is written. */
export function limitFiles(limits: CgroupLimits): [string, string][] {
  checkLimits(limits);
  const files: [string, string][] = [];
  if (limits.memoryMaxBytes !== undefined) files.push(["memory.max", String(limits.memoryMaxBytes)]);
  if (limits.pidsMax !== undefined) files.push(["pids.max", String(limits.pidsMax)]);
  if (limits.cpuMaxPercent !== undefined) {
    const quota = Math.round((limits.cpuMaxPercent / 100) * CPU_PERIOD_MICROSECONDS);
    files.push(["cpu.max", `${quota} ${CPU_PERIOD_MICROSECONDS}`]);
  }
  return files;
}

function checkLimits({ memoryMaxBytes = 1n, pidsMax = 0, cpuMaxPercent = 1 }: CgroupLimits): void {
  if (typeof memoryMaxBytes !== "bigint" || memoryMaxBytes < 1n || memoryMaxBytes >= 2n ** 63n)
    throw invalid("cgroup", "memory.max", `${memoryMaxBytes} is no limit in bytes`);
  if (!(Number.isInteger(pidsMax) && pidsMax >= 0 && pidsMax <= MOST_PIDS))
    throw invalid("cgroup", "pids.max", `${pidsMax} is no limit of processes`);
  if (!(cpuMaxPercent >= 1 && cpuMaxPercent <= MOST_PERCENT))
    throw invalid("cgroup", "cpu.max", `${cpuMaxPercent} is no limit in hundredths of a CPU`);
}
