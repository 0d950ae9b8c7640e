import type { Config } from "../config/load.ts";
import type { Operations } from "../services/operations.ts";
import type { VmDeps } from "../services/vm/deps.ts";
import type { VmService } from "../services/vm/service.ts";
import { StaleStop } from "../services/vm/stale-stop.ts";

/** What stops idle VMs; null where the configuration wants none of it. */
export function staleStopOf(
  config: Pick<Config, "autoStopStaleAfterMs">,
  deps: VmDeps,
  vms: VmService,
  operations: Operations,
): StaleStop | null {
  const staleAfterMs = config.autoStopStaleAfterMs;
  if (staleAfterMs === null) return null;
  const { lastUse, machines, host, now, logger } = deps;
  const stop = async (id: string, isIdle: () => boolean) => {
    for await (const _ of operations.watch(vms.stopIdle(id, isIdle)));
  };
  return new StaleStop({ staleAfterMs, lastUse, machines, link: host.link, now, logger, stop });
}
