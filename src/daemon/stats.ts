import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../config/load.ts";
import { CpuMeter } from "../services/vm/cpu-meter.ts";
import type { VmDeps } from "../services/vm/deps.ts";
import { StatsService } from "../services/vm/stats.ts";
import { resolveRef, resolveRefs } from "../state/refs.ts";

export function statsOf(config: Pick<Config, "statsPollIntervalMs">, deps: VmDeps): StatsService {
  const intervalMs = config.statsPollIntervalMs;
  const monotonic = () => performance.now();
  const meter = new CpuMeter({ host: deps.host, intervalMs, monotonic, sleep: (ms) => sleep(ms) });
  return new StatsService({ deps, meter, intervalMs, refs: { one: resolveRef, all: resolveRefs } });
}
