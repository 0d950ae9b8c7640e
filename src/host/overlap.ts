import { formatCidr, parseCidr } from "./addresses.ts";
import type { AddressInfo, Overlap, RouteInfo } from "./host-ops.ts";

interface Range {
  readonly bytes: Uint8Array;
  readonly length: number;
}

function rangeOf(cidr: string): Range {
  const { address, prefixLength } = parseCidr(cidr);
  return { bytes: address, length: prefixLength };
}

/** Whether the first `length` bits are the same. */
function samePrefix(one: Uint8Array, other: Uint8Array, length: number): boolean {
  return one.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, length - 8 * index));
    return (byte ^ (other[index] ?? 0)) >> (8 - bits) === 0;
  });
}

/** How `other` lies to `mine`; null where they do not meet, as those of two families never do. */
export function relationOf(mine: string, other: string): Overlap["relation"] | null {
  const [a, b] = [rangeOf(mine), rangeOf(other)];
  if (a.bytes.length !== b.bytes.length) return null;
  if (!samePrefix(a.bytes, b.bytes, Math.min(a.length, b.length))) return null;
  return a.length === b.length ? "equal" : b.length < a.length ? "covers" : "within";
}

/** The routes and addresses that meet `cidr`. An address counts as itself; its network is there as a route. */
export function overlapsOf(cidr: string, routes: RouteInfo[], addresses: AddressInfo[]): Overlap[] {
  const all = [
    ...routes.map((route) => ({ cidr: route.destination, link: route.link, by: "route" as const })),
    ...addresses.map((address) => ({
      cidr: single(address.cidr),
      link: address.link,
      by: "address" as const,
    })),
  ];
  return all.flatMap((each) => {
    const relation = each.cidr.endsWith("/0") ? null : relationOf(cidr, each.cidr);
    return relation === null ? [] : [{ ...each, relation }];
  });
}

function single(cidr: string): string {
  const { address } = parseCidr(cidr);
  return formatCidr(address, address.length * 8);
}
