import type { Problem } from "../../domain/ports.ts";
import type { HostOps } from "../../host/host-ops.ts";
import { overlaps, parseNetwork } from "../../shared/ipv4.ts";

const OURS = /^(banger0|bgr\d+)$/;
/** Where a free range is looked for when the configured one is taken: the private /16s of 172.16.0.0/12, from the top down. */
const CANDIDATES = Array.from({ length: 16 }, (_, index) => `172.${31 - index}.0.0/16`);

/** The range is checked against the host's routes and addresses (NET-1). */
export async function rangeProblems(
  host: Pick<HostOps, "route" | "address">,
  cidr: string,
): Promise<Problem[]> {
  const taken = await takenRanges(host);
  const mine = parseNetwork(cidr);
  const clash = taken.find((other) => overlaps(mine, parseNetwork(other.cidr)));
  if (clash === undefined) return [];
  const free = CANDIDATES.find(
    (candidate) => !taken.some((other) => overlaps(parseNetwork(candidate), parseNetwork(other.cidr))),
  );
  return [
    {
      code: "ERR_NETWORK_RANGE_TAKEN",
      message: `the network range ${cidr} overlaps ${clash.cidr}, which this host reaches by ${clash.link ?? "another route"}`,
      next:
        free === undefined
          ? "set `network_cidr` in config.toml to a free range"
          : `set \`network_cidr = "${free}"\` in config.toml`,
    },
  ];
}

async function takenRanges(
  host: Pick<HostOps, "route" | "address">,
): Promise<{ cidr: string; link: string | null }[]> {
  const [routes, addresses] = await Promise.all([host.route.list(), host.address.list()]);
  return [
    ...routes.map((route) => ({ cidr: route.destination, link: route.link })),
    ...addresses.map((address) => ({ cidr: `${address.cidr.split("/")[0]}/32`, link: address.link })),
  ].filter((range) => !range.cidr.endsWith("/0") && !(range.link !== null && OURS.test(range.link)));
}
