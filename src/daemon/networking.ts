import type { Config } from "../config/load.ts";
import type { VmStore } from "../domain/stores.ts";
import type { VmHandles, VmRecord } from "../domain/vm.ts";
import type { PortForwarder } from "../forward/port-forwarder.ts";
import type { HostOps } from "../host/host-ops.ts";
import { guestWays } from "../services/network/look-turns.ts";
import { HostNetwork } from "../services/network.ts";
import type { Logger } from "../shared/logger.ts";
import type { HostFile } from "../state/host-file.ts";
import type { CapabilityInput } from "./capabilities.ts";
import { type Dns, makeDns } from "./dns.ts";
import { makeNetworkAccess } from "./network-access.ts";
import { makePublishing } from "./publishing.ts";

export interface NetworkingInput {
  readonly host: HostOps;
  readonly config: Config;
  readonly hostFile: HostFile;
  readonly vms: Pick<VmStore, "get" | "setSpec" | "nextPlaces" | "isFree">;
  readonly logger: Logger;
}

export interface Networking {
  readonly network: HostNetwork;
  readonly dns: Dns;
  readonly forwarder: PortForwarder;
  readonly capabilities: Pick<CapabilityInput, "records" | "network" | "publishing">;
  /** It is known which VMs run that ran before. */
  open(running: readonly { readonly vm: VmRecord; readonly handles: VmHandles }[]): Promise<void>;
  /** Takes away what no running VM needs; nothing where it is not known yet how many run (null). */
  close(running: number | null): Promise<void>;
}

/** Links, names, packet rules and published ports of guests. */
export function makeNetworking({ host, config, hostFile, vms, logger }: NetworkingInput): Networking {
  const { networkCidr: cidr } = config;
  const uidOf = (slot: number) => config.vmmUidRange.first + slot;
  const pool = { size: config.tapPool, places: vms, uidOf, logger };
  const network = new HostNetwork(host, cidr, hostFile, { pool, ways: guestWays });
  const access = makeNetworkAccess({ host, cidr, links: network, record: hostFile, vms, logger });
  const dns = makeDns(config, network, access, logger);
  const publishing = makePublishing(vms, logger);
  const { forwarder } = publishing;
  return {
    ...{ network, dns, forwarder },
    capabilities: { records: dns.records, network: access, publishing },
    async open(running) {
      await access.settle();
      await dns.open({ hasGuests: running.length > 0 });
      const endpoints = running.map(({ vm: { slot, address }, handles: { uid } }) => ({
        slot,
        address,
        uid,
      }));
      await network
        .adopt(endpoints)
        .catch((err) => logger.error({ err }, "TAP devices that an earlier daemon left could not be swept"));
    },
    async close(running) {
      await dns.close();
      await forwarder.closeAll();
      await network.closePool();
      if (running === null) return;
      await access.close(running);
      if (running === 0) await network.close();
    },
  };
}
