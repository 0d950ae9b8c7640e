import { randomBytes } from "node:crypto";
import { formatMac } from "../addresses.ts";
import type { LinkInfo, TunInfo } from "../host-ops.ts";
import type { Meanings } from "../native-error.ts";
import { ADDRESS_MODES, nameOf, OPER_STATES, PORT_STATES } from "../net-names.ts";
import type { NativeLink, NativeTun } from "./addon.ts";

export function infoOf(link: NativeLink): LinkInfo {
  const [name, index, mac, mtu, up, oper, group, kind, masterIndex, peerIndex, mode, tun, stp, port, stats] =
    link;
  const [rxBytes, txBytes, rxPackets, txPackets, rxErrors, txErrors, rxDropped, txDropped] = stats;
  return {
    name,
    index,
    mac,
    mtu,
    up,
    operState: nameOf(OPER_STATES, oper),
    group,
    kind,
    masterIndex,
    peerIndex,
    ipv6AddressMode: mode === null ? null : (nameOf(ADDRESS_MODES, mode) as LinkInfo["ipv6AddressMode"]),
    tun: tun === null ? null : tunOf(tun),
    stp,
    port: port === null ? null : { isolated: port[0], state: nameOf(PORT_STATES, port[1]) },
    rxBytes,
    txBytes,
    rxPackets,
    txPackets,
    rxErrors,
    txErrors,
    rxDropped,
    txDropped,
  };
}

function tunOf([ownerUid, groupGid, persist, vnetHeader, multiQueue]: NativeTun): TunInfo {
  return { ownerUid, groupGid, persist, vnetHeader, multiQueue };
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
