import { readFileSync } from "node:fs";
import type { PublishedPortsOptions } from "../capabilities/published-ports.ts";
import type { VmStore } from "../domain/stores.ts";
import { FORWARD_LIMITS } from "../forward/listener.ts";
import { PortForwarder } from "../forward/port-forwarder.ts";
import type { Logger } from "../shared/logger.ts";

/** A connection has a descriptor at either end; half of all that this process may have stays for everything else. */
const DESCRIPTORS_EACH = 2;
const SHARE = 0.5;

/** What publishes ports, and where the numbers that it chose are kept. */
export function makePublishing(
  store: Pick<VmStore, "get" | "setSpec">,
  logger: Logger,
): PublishedPortsOptions & { readonly forwarder: PortForwarder } {
  return {
    forwarder: makePortForwarder(logger),
    record(id, publish) {
      const vm = store.get(id);
      if (vm !== null) store.setSpec(id, { ...vm.spec, publish });
    },
  };
}

export function makePortForwarder(logger: Logger): PortForwarder {
  const room = Math.floor((mostDescriptors() * SHARE) / DESCRIPTORS_EACH);
  const limits = { ...FORWARD_LIMITS, total: Math.min(FORWARD_LIMITS.total, room) };
  return new PortForwarder({ limits, logger, now: () => performance.now() });
}

/** RLIMIT_NOFILE, whose soft limit Node raises to the hard one. */
function mostDescriptors(): number {
  const [, hard = ""] = /^Max open files +\S+ +(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}
