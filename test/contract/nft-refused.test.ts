import { describe, expect, it } from "vitest";
import type { NftCommand } from "../../src/host/host-ops.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";
import { base, elements, forward, guests, other, ports, ranges, rule, table, useNft } from "./support/nft.ts";

describe.each(hosts)("nft: what is refused ($name)", ({ open }) => {
  const { nft, start } = useNft(open);

  const bad: [string, NftCommand][] = [
    ["a name with a blank", { op: "add-table", table: { family: "inet", name: "a b" } }],
    ["an empty name", { op: "add-chain", chain: { table, name: "" } }],
    [
      "NAT in forward",
      { op: "add-chain", chain: { table, name: "n", base: { type: "nat", hook: "forward", priority: 0 } } },
    ],
    [
      "a priority that is none",
      { op: "add-chain", chain: { ...other, base: { ...base, priority: 2 ** 31 } } },
    ],
    ["a set without a key", { op: "add-set", set: { table, name: "s", key: [] } }],
    ["a key with too few parts", elements(guests, ["bgr0"])],
    ["a value of another type", elements(guests, ["bgr0", "10.0.0.256", "02:00:00:00:00:01"])],
    ["a range where there are none", elements(guests, ["bgr0", "10.0.0.0/8", "02:00:00:00:00:01"])],
    ["a range from its end", elements(ranges, [{ from: "10.0.0.2", to: "10.0.0.1" }])],
    ["data in a set", { op: "add-elements", set: ranges, elements: [{ key: ["10.0.0.1"], data: "drop" }] }],
    ["no data in a map", elements(ports, ["10.0.0.1", "tcp", 80])],
    ["a register that is none", rule({ type: "meta", key: "mark", to: 16 })],
    ["a value that is too long", rule({ type: "immediate", to: 0, value: new Uint8Array(65) })],
    [
      "a comment that is too long",
      { op: "add-rule", rule: { chain: forward, expressions: [], comment: "x".repeat(128) } },
    ],
    ["an unknown expression", rule({ type: "unknown", name: "x", data: new Uint8Array() })],
  ];
  it.each(bad)("refuses %s before the kernel is asked", async (_, command) => {
    await start();
    await expectHostError(
      nft.apply([{ op: "add-chain", chain: other }, command]),
      "ERR_HOST_INVALID",
      "EINVAL",
    );
    expect(await nft.chains(table)).toHaveLength(1);
  });
});
