import type { NftCommand, NftElement, NftSet } from "../../../../../../src/host/host-ops.ts";

const table = { family: "inet", name: "t" } as const;
const hour = 3_600_000n;

const all: Record<string, [set: NftSet, elements: readonly NftElement[]]> = {
  addresses: [
    { table, name: "addresses", key: ["ipv4_addr"], interval: true },
    [
      { key: ["0.0.0.0/8"] },
      { key: ["10.0.0.1"] },
      { key: [{ from: "11.0.0.0", to: "11.0.0.9" }] },
      { key: ["250.0.0.0/8"] },
    ],
  ],
  links: [{ table, name: "links", key: ["ifname"], size: 100 }, [{ key: ["bgr0"], comment: "a VM" }]],
  marks: [{ table, name: "marks", key: ["mark"], constant: true }, [{ key: [7] }]],
  guests: [
    { table, name: "guests", key: ["ifname", "ipv4_addr", "ether_addr"] },
    [{ key: ["bgr0", "172.30.0.2", "02:62:67:00:00:07"] }],
  ],
  services: [
    { table, name: "services", key: ["ipv4_addr", "inet_service"], interval: true, defaultTimeoutMs: hour },
    [{ key: ["10.0.0.0/8", { from: 80, to: 90 }], timeoutMs: 10_000n }, { key: ["11.0.0.1", 443] }],
  ],
  leases: [
    { table, name: "leases", key: ["ipv6_addr"], timeout: true, counter: true },
    [{ key: ["fe80::1:2"], timeoutMs: 90_000n }],
  ],
  learnt: [{ table, name: "learnt", key: ["ipv4_addr"], size: 65535, dynamic: true, timeout: true }, []],
  ports: [
    {
      ...{ table, name: "ports", key: ["ipv4_addr", "inet_proto", "inet_service"] },
      data: ["ipv4_addr", "inet_service"],
    },
    [{ key: ["127.0.0.1", "udp", 5353], data: ["172.30.0.2", 53] }],
  ],
  targets: [
    { table, name: "targets", key: ["ifname"], data: "verdict" },
    [
      { key: ["bgr0"], data: "accept" },
      { key: ["bgr1"], data: { jump: "c" } },
      { key: ["bgr2"], data: { goto: "c" } },
      { key: ["bgr3"], data: "drop" },
      { key: ["bgr4"], data: "return" },
    ],
  ],
  hosts: [
    { table, name: "hosts", key: ["inet_service"], data: ["ipv4_addr"] },
    [{ key: [80], data: ["172.30.0.2"] }],
  ],
};

/** `sets.nft`, in our words. */
export const sets: readonly NftCommand[] = [
  { op: "add-table", table },
  { op: "add-chain", chain: { table, name: "c" } },
  ...Object.values(all).map(([set]): NftCommand => ({ op: "add-set", set })),
  ...Object.values(all).map(([set, elements]): NftCommand => ({ op: "add-elements", set, elements })),
];
