import { NetworkAccess } from "../capabilities/network-access.ts";
import type { VmRecord } from "../domain/vm.ts";
import { Connections } from "../firewall/connections.ts";
import { Firewall } from "../firewall/firewall.ts";
import { Forwarding, type ForwardingRecord } from "../firewall/forwarding.ts";
import { type GuestLinks, Keeper } from "../firewall/keeper.ts";
import { Openings } from "../firewall/openings.ts";
import { TapSettings } from "../firewall/tap-settings.ts";
import type { HostOps } from "../host/host-ops.ts";
import { gatewayOf } from "../shared/ipv4.ts";
import type { Logger } from "../shared/logger.ts";

export interface NetworkAccessInput {
  readonly host: Pick<HostOps, "nft" | "conntrack" | "link">;
  readonly links: GuestLinks;
  /** Guests' addresses. */
  readonly cidr: string;
  readonly record: ForwardingRecord;
  readonly vms: { get(id: string): VmRecord | null };
  readonly logger: Logger;
}

/** The packet rules and what belongs to them. */
export function makeNetworkAccess(input: NetworkAccessInput): NetworkAccess {
  const { host, cidr, links, record, vms, logger } = input;
  const { nft, conntrack } = host;
  const guests = { cidr, gateway: gatewayOf(cidr) };
  const firewall = new Firewall({ nft, network: guests, logger });
  const connections = new Connections({ conntrack, network: guests, logger });
  const forwarding = new Forwarding(host, record);
  const openings = new Openings(nft, guests.gateway);
  const taps = new TapSettings(host.link);
  const keeper = new Keeper({ firewall, openings, forwarding, taps, links, logger });
  return new NetworkAccess({ nft, firewall, connections, forwarding, openings, keeper, taps, vms, cidr });
}
