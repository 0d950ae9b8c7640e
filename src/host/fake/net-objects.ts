import { formatCidr, formatIp, parseCidr } from "../addresses.ts";
import { HostError } from "../host-error.ts";
import type { AddressInfo, LinkInfo, LinkSysctl, RouteInfo, TapState } from "../host-ops.ts";
import { sysctlPath } from "../link-checks.ts";
import { MAIN_TABLE } from "../route-rules.ts";
import type { FakeKernel } from "./kernel.ts";

/** A link of the fake. */
export interface FakeLink {
  info: LinkInfo;
  /** Pid of the process that holds its queue. */
  attachedBy: number | null;
  /** By `ipv6.disable_ipv6`; what was not written is `0`. */
  readonly sysctls: Map<string, string>;
  readonly tap: TapState;
  /** A veth's other end. */
  peer: { kernel: FakeKernel; link: FakeLink } | null;
}

const NO_TRAFFIC = {
  rxBytes: 0n,
  txBytes: 0n,
  rxPackets: 0n,
  txPackets: 0n,
  rxErrors: 0n,
  txErrors: 0n,
  rxDropped: 0n,
  txDropped: 0n,
};

/** A link as it is when it is made: down, of the default group. */
export function newLink(name: string, index: number, mac: string, kind: string | null): FakeLink {
  const info: LinkInfo = {
    name,
    index,
    mac,
    mtu: name === "lo" ? 65536 : 1500,
    up: false,
    operState: name === "lo" ? "unknown" : "down",
    group: 0,
    kind,
    masterIndex: null,
    peerIndex: null,
    ipv6AddressMode: "eui64",
    tun:
      kind === "tun"
        ? { ownerUid: null, groupGid: null, persist: true, vnetHeader: true, multiQueue: false }
        : null,
    stp: kind === "bridge" ? false : null,
    port: null,
    ...NO_TRAFFIC,
  };
  const tap = { vnetHeaderBytes: 10, checksumOffload: false, segmentationOffload: false };
  return { info, attachedBy: null, sysctls: new Map(), tap, peer: null };
}

/** A copy that a caller may keep. */
export function copyOf(info: LinkInfo): LinkInfo {
  return {
    ...info,
    tun: info.tun === null ? null : { ...info.tun },
    port: info.port === null ? null : { ...info.port },
  };
}

/** The routes that these addresses bring with them. */
export function connectedRoutes(
  addresses: readonly (AddressInfo & { noPrefixRoute: boolean })[],
): RouteInfo[] {
  return addresses.flatMap(({ link, cidr, noPrefixRoute }) => {
    const { address, prefixLength } = parseCidr(cidr);
    const v4 = address.length === 4;
    if (noPrefixRoute || (v4 && prefixLength === 32)) return [];
    const network = address.map((byte, index) => {
      const bits = Math.min(8, Math.max(0, prefixLength - 8 * index));
      return byte & ~(0xff >> bits);
    });
    return [
      {
        destination: formatCidr(network, prefixLength),
        link,
        gateway: null,
        source: v4 ? formatIp(address) : null,
        table: MAIN_TABLE,
        metric: v4 ? 0 : 256,
        scope: v4 ? "link" : "global",
        type: "unicast",
        protocol: "kernel",
      },
    ];
  });
}

/** The settings that links of the fake have. */
const SYSCTLS = new Set([
  ...["forwarding", "rp_filter", "proxy_arp", "accept_ra", "disable_ipv6"],
  ...["arp_ignore", "arp_filter"],
]);

/** A link's settings; ENOENT where there is no such link or setting. */
export function sysctlsOf(kernel: FakeKernel, of: LinkSysctl): Map<string, string> {
  const object = sysctlPath(of);
  const found = kernel.links.get(of.link);
  if (found === undefined || !SYSCTLS.has(of.key))
    throw new HostError({ errnoCode: "ENOENT", syscall: "open", object });
  return found.sysctls;
}

/** The value of one setting of a link. */
export function sysctlOf(kernel: FakeKernel, of: LinkSysctl): string {
  return sysctlsOf(kernel, of).get(`${of.family}.${of.key}`) ?? "0";
}

/** EINVAL of what no link here takes. */
export function checkMtu(mtu: number | undefined, syscall: string, object: string): void {
  if (mtu !== undefined && (mtu < 68 || mtu > 65_535))
    throw new HostError({
      errnoCode: "EINVAL",
      syscall,
      object,
      detail: `mtu ${mtu < 68 ? "less than device minimum" : "greater than device maximum"}`,
    });
}
