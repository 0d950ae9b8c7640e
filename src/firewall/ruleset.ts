import type { NftChainRef, NftCommand, NftElement, NftSetShape, NftTable } from "../host/host-ops.ts";
import {
  accept,
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
import type { GuestNetwork, Member } from "./member.ts";
import { RESERVED_RANGES } from "./reserved.ts";
import { GUEST_LINKS, type Layout, layoutOf, MAIN, POSTROUTING } from "./tables.ts";

const DNS_PORT = 53;
/**
 * Where guests' connections leave from: ports that a host picks for itself (net.ipv4.ip_local_port_range), and not the guest's own. Else a guest
 * could hold a port that a service of the host is asked at, for the one whom it talks to.
 */
const LEAVING_PORTS = { from: 32_768, to: 60_999 };
/** What {@link fibLink} gives where the way back does not lead out by the link that a packet came in by. */
const NO_LINK = 0;

/** What the rules are about. */
export interface Content {
  readonly network: GuestNetwork;
  readonly members: readonly Member[];
  /** Of addresses that may talk to each other, each in both orders. */
  readonly pairs: readonly Pair[];
  readonly opened: readonly string[];
}

/** A guest learns at once that it may not: a program that waits for a timeout looks broken. */
const refuse = reject({ kind: "icmpx", code: "admin-prohibited" });

/** A table anew, whole and in one transaction: packets see the old one or the new one. */
export function replaceTable(table: NftTable, content: Content): NftCommand[] {
  const layout = layoutOf(table);
  const chains = [
    layout.origin,
    layout.fromGuest,
    layout.public,
    layout.full,
    layout.prerouting,
    layout.forward,
  ];
  const sets = [layout.guests, layout.peers, layout.reserved, layout.opened];
  const isMain = table.name === MAIN.name;
  return [
    { op: "add-table", table },
    { op: "delete-table", table },
    { op: "add-table", table, mustCreate: true },
    ...[...chains, ...(isMain ? [POSTROUTING] : [])].map((chain) => ({ op: "add-chain", chain }) as const),
    ...sets.map((set) => ({ op: "add-set", set }) as const),
    ...rulesOf(layout, content.network),
    ...(isMain ? translation(content.network) : []),
    ...elements(
      layout.reserved,
      RESERVED_RANGES.map((range) => ({ key: [range] })),
    ),
    ...elements(
      layout.opened,
      content.opened.map((link) => ({ key: [link] })),
    ),
    ...content.members.flatMap((come) => changeCommands(table, { come })),
    ...changeCommands(table, { paired: content.pairs }),
  ];
}

function elements(
  set: NftSetShape,
  list: readonly NftElement[],
  op: "add-elements" | "delete-elements" = "add-elements",
): NftCommand[] {
  return list.length === 0 ? [] : [{ op, set, elements: list }];
}

function rule(chain: NftChainRef, ...parts: readonly NftPart[]): NftCommand {
  return { op: "add-rule", rule: { chain, expressions: nftRule(...parts) } };
}

function rulesOf(layout: Layout, network: GuestNetwork): NftCommand[] {
  const { origin, prerouting, fromGuest, forward, guests, opened } = layout;
  return [
    rule(origin, match(meta.iifname, GUEST_LINKS), match(fibLink(["saddr", "iif"]), NO_LINK), drop),
    rule(prerouting, match(meta.iifname, GUEST_LINKS), goTo(fromGuest)),
    // A neighbour on another link that says it is a guest.
    rule(prerouting, match(meta.iifname, "lo", "!="), match(ip.saddr, network.cidr), drop),
    rule(fromGuest, match(meta.nfproto, "ipv4", "!="), drop),
    rule(fromGuest, verdictOf([meta.iifname, ether.saddr, ip.saddr], guests)),
    rule(fromGuest, drop),
    ...reach(layout, layout.public, network, rule(layout.public, inSet([ip.daddr], layout.reserved), refuse)),
    ...reach(layout, layout.full, network),
    // Judged as they came in.
    rule(forward, match(meta.iifname, GUEST_LINKS), accept),
    rule(forward, match(meta.oifname, GUEST_LINKS), matchAny(ct.state, "established,related"), accept),
    rule(forward, match(meta.oifname, GUEST_LINKS), drop),
    rule(forward, inSet([meta.iifname], opened), drop),
  ];
}

/** What a guest's packet may be for: an answer, a question to the resolver, a peer, or what is left after `without`. */
function reach(
  { peers }: Layout,
  chain: NftChainRef,
  { cidr, gateway }: GuestNetwork,
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
    rule(chain, match(ip.daddr, gateway), match(udp.dport, DNS_PORT), accept),
    rule(chain, match(ip.daddr, gateway), match(tcp.dport, DNS_PORT), accept),
    rule(chain, match(fibType(["daddr"]), "local"), refuse),
    rule(chain, match(fibType(["daddr"]), "unicast", "!="), drop),
    rule(chain, inSet([ip.saddr, ip.daddr], peers), accept),
    rule(chain, match(ip.daddr, cidr), refuse),
    ...without,
    rule(chain, accept),
  ];
}

function translation({ cidr }: GuestNetwork): NftCommand[] {
  const leaving = [match(ip.saddr, cidr), match(meta.oifname, GUEST_LINKS, "!=")];
  const ports = masqueradeTo(LEAVING_PORTS, "fully-random");
  return [
    ...["tcp", "udp"].map((protocol) => rule(POSTROUTING, ...leaving, match(meta.l4proto, protocol), ports)),
    rule(POSTROUTING, ...leaving, masquerade()),
  ];
}

/** The element of one guest; one without a network has none, and nothing of what it sends goes anywhere. */
export function guestElement({ tap, mac, address, access }: Member, layout: Layout): NftElement | null {
  return access === "none" ? null : { key: [tap, mac, address], data: { goto: layout[access].name } };
}

export type Pair = readonly [string, string];

/** What a change of guests and of pairs is in one table. */
export function changeCommands(
  table: NftTable,
  change: {
    readonly gone?: Member | undefined;
    readonly unpaired?: readonly Pair[];
    readonly come?: Member | undefined;
    readonly paired?: readonly Pair[];
  },
): NftCommand[] {
  const layout = layoutOf(table);
  const guest = (member: Member | undefined) =>
    [member === undefined ? null : guestElement(member, layout)].filter((each) => each !== null);
  const pairs = (list: readonly Pair[] = []) => list.map((pair) => ({ key: pair }));
  return [
    ...elements(layout.guests, guest(change.gone), "delete-elements"),
    ...elements(layout.peers, pairs(change.unpaired), "delete-elements"),
    ...elements(layout.guests, guest(change.come)),
    ...elements(layout.peers, pairs(change.paired)),
  ];
}
