import type { Config } from "../config/load.ts";
import { Records } from "../dns/records.ts";
import { Resolved } from "../dns/resolved/resolved.ts";
import { DnsService } from "../dns/service.ts";
import type { DnsState } from "../domain/dns.ts";
import type { HostNetwork } from "../services/network.ts";
import type { Logger } from "../shared/logger.ts";

/** What the host's programs ask. */
const RESOLV_CONF = "/etc/resolv.conf";
/** Where every system has its bus: the specification's, with /run for /var/run. */
const SYSTEM_BUS = "/run/dbus/system_bus_socket";

export interface Dns {
  /** What the VMs' lives fill. */
  readonly records: Records;
  readonly state: () => DnsState;
  /** Once it is known which VMs run. Never rejects: VMs need no DNS to run. */
  open(at: { hasGuests: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** The DNS server (NET-4). For guests it opens with the gateway's address, and closes before that goes. */
export function makeDns(
  { dnsListen, networkCidr }: Pick<Config, "dnsListen" | "networkCidr">,
  network: HostNetwork,
  access: { mayResolve(sourceAddress: string): boolean },
  logger: Logger,
): Dns {
  const records = new Records();
  const service = new DnsService({
    listen: dnsListen,
    networkCidr,
    gateway: network.gateway,
    records,
    resolvConf: RESOLV_CONF,
    // Mostly the packet rules keep it from asking already (NET-3).
    mayResolve: (source) => access.mayResolve(source),
    resolved: new Resolved(SYSTEM_BUS, process.getuid?.() ?? 0),
    logger,
  });
  network.serveGateway({ up: (link) => service.gatewayUp(link), down: () => service.gatewayDown() });
  return {
    records,
    state: () => service.state(),
    async open({ hasGuests }) {
      await service.open();
      if (!hasGuests) return;
      await network
        .restore()
        .catch((err) => logger.error({ err }, "the gateway of the VMs that run could not be made sure of"));
    },
    close: () => service.close(),
  };
}
