import type { Config } from "../config/load.ts";
import type { Operations } from "../services/operations.ts";
import type { VmDeps } from "../services/vm/deps.ts";
import { driverOf, rootDiskOf } from "../services/vm/drivers.ts";
import { RootDiskWatch } from "../services/vm/root-disk-watch.ts";
import type { VmService } from "../services/vm/service.ts";
import { staleStopOf } from "./stale-stop.ts";

/** What looks at VMs now and then as long as the daemon runs. */
export interface Watches {
  start(): void;
  close(): void;
}

export function makeWatches(
  config: Pick<Config, "autoStopStaleAfterMs">,
  deps: VmDeps,
  vms: VmService,
  operations: Operations,
): Watches {
  const staleStop = staleStopOf(config, deps, vms, operations);
  const rootDisks = new RootDiskWatch({
    running: () => deps.machines.running,
    usage: ({ handles, paths }) => driverOf(deps, handles.storage).usage(rootDiskOf(deps, handles, paths)),
    logger: deps.logger,
  });
  return {
    start() {
      staleStop?.start();
      rootDisks.start();
    },
    close() {
      staleStop?.close();
      rootDisks.close();
    },
  };
}
