import { randomBytes } from "node:crypto";
import { formatMac } from "../addresses.ts";
import type { LinkInfo } from "../host-ops.ts";
import type { Meanings } from "../native-error.ts";
import { ADDRESS_MODES, nameOf, OPER_STATES, PORT_STATES } from "../net-names.ts";
import type { NativeLink } from "./addon.ts";

export function infoOf({ addressMode, operState, port, ...link }: NativeLink): LinkInfo {
  return {
    ...link,
    operState: nameOf(OPER_STATES, operState),
    ipv6AddressMode:
      addressMode === null ? null : (nameOf(ADDRESS_MODES, addressMode) as LinkInfo["ipv6AddressMode"]),
    port: port === null ? null : { ...port, state: nameOf(PORT_STATES, port.state) },
  };
}

/** A MAC of a single link, locally administered. */
export function randomMac(): string {
  const bytes = randomBytes(6);
  bytes[0] = ((bytes[0] ?? 0) & 0xfe) | 0x02;
  return formatMac(bytes);
}

/** What EOPNOTSUPP of RTM_NEWLINK means: "Unknown device type". */
export function withoutModule(kind: string): Meanings {
  return { EOPNOTSUPP: { code: "ERR_HOST_UNSUPPORTED", next: `load the module \`${kind}\`` } };
}
