import type { NftChainRef, NftCommand } from "../host/host-ops.ts";
import {
  accept,
  addTo,
  connectionLimit,
  ct,
  drop,
  ether,
  fibLink,
  fibType,
  goTo,
  inSet,
  ip,
  masquerade,
  masqueradeTo,
  match,
  matchAny,
  meta,
  type NftPart,
  nftRule,
  reject,
  tcp,
  udp,
  verdictOf,
} from "../shared/nft/index.ts";
import type { GuestNetwork } from "./member.ts";
import { GUEST_LINKS, type Layout, POSTROUTING } from "./tables.ts";

/** Of the host's resolver. */
export const DNS_PORT = 53;
/**
 * Where guests' connections leave from: ports that a host picks for itself (net.ipv4.ip_local_port_range), and not the guest's own. Else a guest
 * could hold a port that a service of the host is asked at, for the one whom it talks to.
 */
const LEAVING_PORTS = { from: 32_768, to: 60_999 };
/** A tick of the slowest usual kernel (CONFIG_HZ=100). */
const TOO_MANY_MS = 10n;
/** What {@link fibLink} gives where the way back does not lead out by the link that a packet came in by. */
const NO_LINK = 0;

/** A guest learns at once that it may not: a program that waits for a timeout looks broken. */
const refuse = reject({ kind: "icmpx", code: "admin-prohibited" });

/** What packets meet. `most`: connections of one guest; null where they are not counted. */
export function rulesOf(layout: Layout, network: GuestNetwork, most: number | null): NftCommand[] {
  const internetOnly = (chain: NftChainRef) => rule(chain, inSet([ip.daddr], layout.reserved), refuse);
  const allow = most === null ? accept : goTo(layout.allowed);
  const { origin, prerouting, fromGuest, forward, guests, opened } = layout;
  return [
    rule(origin, match(meta.iifname, GUEST_LINKS), match(fibLink(["saddr", "iif"]), NO_LINK), drop),
    rule(prerouting, match(meta.iifname, GUEST_LINKS), goTo(fromGuest)),
    // A neighbour on another link that says it is a guest.
    rule(prerouting, match(meta.iifname, "lo", "!="), match(ip.saddr, network.cidr), drop),
    rule(fromGuest, match(meta.nfproto, "ipv4", "!="), drop),
    rule(fromGuest, verdictOf([meta.iifname, ether.saddr, ip.saddr], guests)),
    rule(fromGuest, drop),
    ...reach(layout, layout.public, network, allow, internetOnly(layout.public)),
    ...reach(layout, layout.full, network, allow),
    ...(most === null ? [] : bounded(layout, most)),
    // Judged as they came in.
    rule(forward, match(meta.iifname, GUEST_LINKS), accept),
    rule(forward, match(meta.oifname, GUEST_LINKS), matchAny(ct.state, "established,related"), accept),
    rule(forward, match(meta.oifname, GUEST_LINKS), drop),
    rule(forward, inSet([meta.iifname], opened), drop),
  ];
}

/** What a guest's packet may be for: an answer, a question to the resolver, a peer, or what is left after `without`. */
function reach(
  layout: Layout,
  chain: NftChainRef,
  { cidr, gateway }: GuestNetwork,
  allow: NftPart,
  ...without: readonly NftCommand[]
): NftCommand[] {
  return [
    // The host asked. All else is judged by itself, whosever connection it is of, so that a change holds at once.
    rule(
      chain,
      match(ct.direction, "reply"),
      matchAny(ct.state, "established"),
      match(fibType(["daddr"]), "local"),
      accept,
    ),
    // An error about what the host sent. About other packets it goes where they could go.
    rule(chain, matchAny(ct.state, "related"), match(ip.daddr, gateway), accept),
    rule(chain, matchAny(ct.state, "invalid"), drop),
    rule(chain, match(ip.daddr, gateway), match(udp.dport, DNS_PORT), allow),
    rule(chain, match(ip.daddr, gateway), match(tcp.dport, DNS_PORT), allow),
    rule(chain, match(fibType(["daddr"]), "local"), refuse),
    rule(chain, match(fibType(["daddr"]), "unicast", "!="), drop),
    rule(chain, inSet([ip.saddr, ip.daddr], layout.peers), allow),
    rule(chain, match(ip.daddr, cidr), refuse),
    ...without,
    rule(chain, allow),
  ];
}

/**
 * The kernel tracks so many connections and no more, all guests' and the host's own (nf_conntrack_max): one guest must not have them all. What is
 * refused is counted before it is, and remembered for a while (net/netfilter/nf_conncount.c): so who has too many is not counted again for
 * some milliseconds. Else whoever sends without end would fill the host's memory with that.
 */
function bounded({ allowed, connections, tooMany }: Layout, most: number): NftCommand[] {
  const begins = [matchAny(ct.state, "new"), matchAny(ct.status, "confirmed", "none")];
  const counted = addTo([ip.saddr], connections, { state: connectionLimit(most, "beyond") });
  return [
    rule(allowed, ...begins, inSet([ip.saddr], tooMany), refuse),
    rule(allowed, ...begins, counted, addTo([ip.saddr], tooMany, { timeoutMs: TOO_MANY_MS }), refuse),
    rule(allowed, accept),
  ];
}

/** Addresses of guests become the host's. */
export function translation({ cidr }: GuestNetwork): NftCommand[] {
  const leaving = [match(ip.saddr, cidr), match(meta.oifname, GUEST_LINKS, "!=")];
  const ports = masqueradeTo(LEAVING_PORTS, "fully-random");
  return [
    ...["tcp", "udp"].map((protocol) => rule(POSTROUTING, ...leaving, match(meta.l4proto, protocol), ports)),
    rule(POSTROUTING, ...leaving, masquerade()),
  ];
}

function rule(chain: NftChainRef, ...parts: readonly NftPart[]): NftCommand {
  return { op: "add-rule", rule: { chain, expressions: nftRule(...parts) } };
}
