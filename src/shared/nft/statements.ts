import type {
  NftNatFlag,
  NftOwnSet,
  NftRateUnit,
  NftReject,
  NftSetShape,
  NftVerdict,
} from "../../host/host-ops.ts";
import { nftInvalid } from "./error.ts";
import { lookup, type NftOwnKey, ownSet } from "./match.ts";
import { type NftPart, wordsOf } from "./rule.ts";
import { type NftSelector, protocol } from "./selectors.ts";
import type { NftType } from "./types.ts";
import { valueBytes } from "./value.ts";

/** Priorities of base chains by the names that nft has for them (linux/netfilter_ipv4.h). */
export const NFT_PRIORITY = {
  ...{ raw: -300, mangle: -150, dstnat: -100, filter: 0, security: 50, srcnat: 100 },
} as const;

function verdict(value: NftVerdict): NftPart {
  return () => [{ type: "verdict", verdict: value }];
}

/** The packet goes on, as far as this chain is asked. */
export const accept = verdict("accept");
/** The packet is gone, whatever other chains say. */
export const drop = verdict("drop");
/** Back to the chain that jumped here; a base chain's policy. */
export const leave = verdict("return");

/** Asks another chain of the table, and comes back here unless that has decided. */
export function jump(chain: { readonly name: string }): NftPart {
  return verdict({ jump: chain.name });
}

/** Jumps without coming back. */
export function goTo(chain: { readonly name: string }): NftPart {
  return verdict({ goto: chain.name });
}

/** Counts the packets that come so far. */
export function counter(): NftPart {
  return () => [{ type: "counter", packets: 0n, bytes: 0n }];
}

/** How many packets or bytes in what time. */
export interface Rate {
  readonly rate: bigint;
  readonly per: NftRateUnit;
  readonly of?: "packets" | "bytes";
  /** 5 packets unless given, or none of bytes. */
  readonly burst?: number;
}

/** The rule goes on up to that rate, or, `beyond`, from there on. */
export function limit(
  { rate, per, of = "packets", burst }: Rate,
  how: "up to" | "beyond" = "up to",
): NftPart {
  const most = burst ?? (of === "packets" ? 5 : 0);
  return () => [{ type: "limit", rate, per, of, burst: most, ...(how === "beyond" ? { over: true } : {}) }];
}

/** Answers with an ICMP or ICMPv6 error, as the packet needs, or a TCP reset. */
export function reject(how: NftReject = { kind: "icmpx", code: "port-unreachable" }): NftPart {
  if (how.kind !== "tcp-reset") return () => [{ type: "reject", with: how }];
  return (context) => [...context.meet([protocol("tcp")]), { type: "reject", with: how }];
}

/** Marks the packet, or (`ct`) its connection, with a number of 32 bits. */
export function setMark(value: number, of: "meta" | "ct" = "meta"): NftPart {
  const type = of === "meta" ? "meta-set" : "ct-set";
  return () => [
    { type: "immediate", to: 0, value: valueBytes("mark", value) },
    { type, key: "mark", from: 0 },
  ];
}

/** The address of the link that the packet leaves by. */
export function masquerade(...flags: readonly NftNatFlag[]): NftPart {
  return () => [{ type: "masquerade", ...(flags.length === 0 ? {} : { flags }) }];
}

/** The same, from ports between two, both included; only TCP and UDP, which a rule has to match before. */
export function masqueradeTo(
  ports: { readonly from: number; readonly to: number },
  ...flags: readonly NftNatFlag[]
): NftPart {
  return () => [
    { type: "immediate", to: 0, value: valueBytes("inet_service", ports.from) },
    { type: "immediate", to: 1, value: valueBytes("inet_service", ports.to) },
    { type: "masquerade", port: { from: 0, to: 1 }, ...(flags.length === 0 ? {} : { flags }) },
  ];
}

/** To the host itself, at another port if one is given. */
export function redirect(port?: number): NftPart {
  return () =>
    port === undefined
      ? [{ type: "redirect" }]
      : [
          { type: "immediate", to: 0, value: valueBytes("inet_service", port) },
          { type: "redirect", port: { from: 0 } },
        ];
}

/** Behind an address of either family. */
const PORT_WORD = 4;

/** What an address, and a port if one is given, becomes. */
export interface NatTarget {
  readonly address: string;
  readonly port?: number;
}

/** Another source or destination, the same for all. Packets of the other family pass it by. */
export function nat(
  type: "snat" | "dnat",
  { address, port }: NatTarget,
  ...flags: readonly NftNatFlag[]
): NftPart {
  const v6 = address.includes(":");
  return () => {
    const bytes = valueBytes(v6 ? "ipv6_addr" : "ipv4_addr", address);
    return [
      { type: "immediate", to: 0, value: bytes },
      ...(port === undefined
        ? []
        : [{ type: "immediate", to: PORT_WORD, value: valueBytes("inet_service", port) } as const]),
      {
        ...{ type, family: v6 ? "ip6" : "ip", address: { from: 0 } },
        ...(port === undefined ? {} : { port: { from: PORT_WORD } }),
        ...(flags.length === 0 ? {} : { flags }),
      },
    ];
  };
}

/**
 * Another source or destination from a map, whose data is an address, or an address and a port: one rule for all port forwards, an
 * element for each. The rule goes on where the map has none. Or from a map of the rule's own:
 * `natByMap("dnat", [tcp.dport], [[8080, { address: "172.30.0.2", port: 80 }]])`.
 */
export function natByMap(
  type: "snat" | "dnat",
  selectors: readonly NftSelector[],
  given: NftSetShape | readonly (readonly [NftOwnKey, NatTarget])[],
): NftPart {
  return (context) => {
    const map = "key" in given ? given : ownTargets(selectors, given);
    const types: readonly NftType[] = map.data === undefined || map.data === "verdict" ? [] : map.data;
    const [address, port, ...more] = types;
    const fits = (address === "ipv4_addr" || address === "ipv6_addr") && more.length === 0;
    if (!fits || (port !== undefined && port !== "inet_service")) {
      throw nftInvalid(
        "name" in map ? map.name : "the map",
        "its data is not an address, or an address and a port",
      );
    }
    return [
      ...lookup(context, selectors, map, { to: 0 }),
      {
        ...{ type, family: address === "ipv6_addr" ? "ip6" : "ip", address: { from: 0 } },
        ...(port === undefined ? {} : { port: { from: wordsOf([address]) } }),
      },
    ];
  };
}

function ownTargets(
  selectors: readonly NftSelector[],
  targets: readonly (readonly [NftOwnKey, NatTarget])[],
): NftOwnSet {
  const [, first] = targets[0] ?? [];
  const type = first?.address.includes(":") === true ? "ipv6_addr" : "ipv4_addr";
  const ports = first?.port !== undefined;
  const elements = targets.map(([key, { address, port }]) => {
    if ((port !== undefined) !== ports) throw nftInvalid(address, "all have a port, or none has");
    return [key, port === undefined ? [address] : [address, port]] as const;
  });
  return ownSet(selectors, elements, ports ? [type, "inet_service"] : [type]);
}
