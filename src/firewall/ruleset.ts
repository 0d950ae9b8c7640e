import type { NftCommand, NftElement, NftSetShape, NftTable } from "../host/host-ops.ts";
import type { GuestNetwork, Member, Pair } from "./member.ts";
import { RESERVED_RANGES } from "./reserved.ts";
import { rulesOf, translation } from "./rules.ts";
import { type Layout, layoutOf, MAIN, POSTROUTING } from "./tables.ts";

/** What the rules are about. */
export interface Content {
  readonly network: GuestNetwork;
  readonly members: readonly Member[];
  readonly pairs: readonly Pair[];
  readonly opened: readonly string[];
  /** How many connections one guest may have at a time; null: no bound. */
  readonly mostConnections: number | null;
}

/** A table anew, whole and in one transaction: packets see the old one or the new one. */
export function replaceTable(table: NftTable, content: Content): NftCommand[] {
  const layout = layoutOf(table);
  const isMain = table.name === MAIN.name;
  // Counted once: that is all that it takes, and counting costs.
  const most = isMain ? content.mostConnections : null;
  const { origin, fromGuest, prerouting, forward } = layout;
  const chains = [
    ...[origin, fromGuest, layout.public, layout.full, prerouting, forward],
    ...(most === null ? [] : [layout.allowed]),
    ...(isMain ? [POSTROUTING] : []),
  ];
  const counted = most === null ? [] : [layout.connections, layout.tooMany];
  const sets = [layout.guests, layout.peers, layout.reserved, layout.opened, ...counted];
  return [
    { op: "add-table", table },
    { op: "delete-table", table },
    { op: "add-table", table, mustCreate: true },
    ...chains.map((chain) => ({ op: "add-chain", chain }) as const),
    ...sets.map((set) => ({ op: "add-set", set }) as const),
    ...rulesOf(layout, content.network, most),
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

/** The element of one guest; one without a network has none, and nothing of what it sends goes anywhere. */
export function guestElement({ tap, mac, address, access }: Member, layout: Layout): NftElement | null {
  return access === "none" ? null : { key: [tap, mac, address], data: { goto: layout[access].name } };
}

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

/** What a change of the links that forward because of us is in one table. */
export function fenceCommands(
  table: NftTable,
  before: readonly string[],
  after: readonly string[],
): NftCommand[] {
  const set = layoutOf(table).opened;
  const only = (links: readonly string[], others: readonly string[]) =>
    links.filter((link) => !others.includes(link)).map((link) => ({ key: [link] }));
  return [...elements(set, only(before, after), "delete-elements"), ...elements(set, only(after, before))];
}
