import { invalid } from "./host-error.ts";

/** Names of the numbers in rtnetlink's messages, as ip(8) has them. */
type Names = Readonly<Record<string, number>>;

/** RT_SCOPE_*, linux/rtnetlink.h */
export const SCOPES = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;
/** RTN_*, linux/rtnetlink.h */
export const ROUTE_TYPES = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
} as const;
/** RTPROT_*, linux/rtnetlink.h */
export const PROTOCOLS = { unspec: 0, redirect: 1, kernel: 2, boot: 3, static: 4, ra: 9, dhcp: 16 } as const;
/** NUD_*, linux/neighbour.h */
export const NEIGHBOUR_STATES = {
  none: 0,
  incomplete: 0x01,
  reachable: 0x02,
  stale: 0x04,
  delay: 0x08,
  probe: 0x10,
  failed: 0x20,
  noarp: 0x40,
  permanent: 0x80,
} as const;
/** IF_OPER_*, linux/if.h */
export const OPER_STATES = {
  unknown: 0,
  notpresent: 1,
  down: 2,
  lowerlayerdown: 3,
  testing: 4,
  dormant: 5,
  up: 6,
} as const;
/** IN6_ADDR_GEN_MODE_*, linux/if_link.h */
export const ADDRESS_MODES = { eui64: 0, none: 1, "stable-privacy": 2, random: 3 } as const;
/** BR_STATE_*, linux/if_bridge.h */
export const PORT_STATES = { disabled: 0, listening: 1, learning: 2, forwarding: 3, blocking: 4 } as const;
/** TUN_F_*, linux/if_tun.h */
export const OFFLOADS = {
  checksum: 0x01,
  tso4: 0x02,
  tso6: 0x04,
  ecn: 0x08,
  ufo: 0x10,
  uso4: 0x20,
  uso6: 0x40,
} as const;
/** IFA_F_*, linux/if_addr.h */
export const ADDRESS_FLAGS = { noDuplicateDetection: 0x02, noPrefixRoute: 0x200 } as const;

/** The number's name, or the number itself as text. */
export function nameOf(names: Names, value: number): string {
  for (const name in names) if (names[name] === value) return name;
  return String(value);
}

/** The name's number; ERR_HOST_INVALID for a name that is none, as a caller without types may give. */
export function numberOf(names: Names, name: string): number {
  const number = Object.hasOwn(names, name) ? names[name] : undefined;
  if (number === undefined) throw invalid("parse", name, `none of ${Object.keys(names).join(", ")}`);
  return number;
}
