import { overlaps, parseNetwork } from "../../../shared/ipv4.ts";
import { parseCidr, parseIpv4 } from "../../addresses.ts";
import { invalid } from "../../host-error.ts";
import type { ConntrackFilter, ConntrackInfo } from "../../host-ops.ts";

/** ERR_HOST_INVALID for what is no address or prefix of IPv4. */
export function checkFilter(filter: ConntrackFilter): ConntrackFilter {
  for (const address of [filter.originalSource, filter.replySource])
    if (address !== undefined) parseIpv4(address);
  for (const range of filter.originalDestination ?? []) {
    const { address } = parseCidr(range.includes("/") ? range : `${range}/32`);
    if (address.length !== 4) throw invalid("parse", range, "not an IPv4 prefix");
  }
  return filter;
}

/** The same of one that deletes: never all that there is. */
export function checkDeletion(filter: ConntrackFilter): ConntrackFilter {
  if (filter.originalSource === undefined && filter.replySource === undefined) {
    throw invalid("conntrack", "connections", "a source says which; without one it would be everybody's");
  }
  return checkFilter(filter);
}

/** Whether a connection is one of them. */
export function isMatch(
  { originalSource, replySource, originalDestination }: ConntrackFilter,
  { original, reply }: ConntrackInfo,
): boolean {
  if (originalSource !== undefined && original.source !== originalSource) return false;
  if (replySource !== undefined && reply.source !== replySource) return false;
  if (originalDestination === undefined) return true;
  const to = parseNetwork(original.destination);
  return originalDestination.some((range) => overlaps(parseNetwork(range), to));
}
