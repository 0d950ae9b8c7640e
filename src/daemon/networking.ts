import type { Config } from "../config/load.ts";
import type { VmStore } from "../domain/stores.ts";
import type { PortForwarder } from "../forward/port-forwarder.ts";
import type { HostOps } from "../host/host-ops.ts";
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
  readonly vms: Pick<VmStore, "get" | "setSpec">;
  readonly logger: Logger;
}

export interface Networking {
  readonly network: HostNetwork;
  readonly dns: Dns;
  readonly forwarder: PortForwarder;
  readonly capabilities: Pick<CapabilityInput, "records" | "network" | "publishing">;
  /** It is known how many VMs run that ran before. */
  open(running: number): Promise<void>;
  /** Takes away what no running VM needs; nothing where it is not known yet how many run (null). */
  close(running: number | null): Promise<void>;
}

/** Links, names, packet rules and published ports of guests. */
export function makeNetworking({ host, config, hostFile, vms, logger }: NetworkingInput): Networking {
  const { networkCidr: cidr } = config;
  const network = new HostNetwork(host, cidr, hostFile);
  const access = makeNetworkAccess({ host, cidr, record: hostFile, vms, logger });
  const dns = makeDns(config, network, access, logger);
  const publishing = makePublishing(vms, logger);
  const { forwarder } = publishing;
  return {
    ...{ network, dns, forwarder },
    capabilities: { records: dns.records, network: access, publishing },
    async open(running) {
      await access.settle();
      await dns.open({ hasGuests: running > 0 });
    },
    async close(running) {
      await dns.close();
      await forwarder.closeAll();
      if (running === null) return;
      await access.close(running);
      if (running === 0) await network.close();
    },
  };
}
