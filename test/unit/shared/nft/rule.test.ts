import { describe, expect, it } from "vitest";
import type { NftSet } from "../../../../src/host/host-ops.ts";
import * as nft from "../../../../src/shared/nft/index.ts";

const { ether, icmp, inSet, ip, ip6, match, meta, nftRule, tcp, th, udp } = nft;
const table = { family: "inet", name: "t" } as const;
const pairs: NftSet = { table, name: "pairs", key: ["ifname", "ipv4_addr"] };
const names = (...parts: nft.NftPart[]) => nftRule(...parts).map(({ type }) => type);
const invalid = expect.objectContaining({ code: "ERR_HOST_INVALID" });

// What the rules are, in bytes: the golden dumps.
describe("the rule builder", () => {
  it("matches what headers need once, before it is needed", () => {
    const one = ["meta", "cmp", "payload", "cmp"];
    expect(names(match(ip.saddr, "10.0.0.1"))).toEqual(one);
    expect(names(match(ip.saddr, "10.0.0.1"), match(ip.daddr, "10.0.0.2"))).toEqual([
      ...one,
      "payload",
      "cmp",
    ]);
    expect(names(match(meta.nfproto, "ipv4"), match(ip.saddr, "10.0.0.1"))).toEqual(one);
    expect(names(match(meta.l4proto, "tcp"), match(tcp.dport, 80))).toEqual(one);
    expect(names(match(meta.l4proto, "tcp", "!="), match(tcp.dport, 80))).toEqual([
      ...one.slice(0, 2),
      ...one,
    ]);
    expect(names(match(th.dport, 80))).toEqual(one.slice(2));
    expect(names(match(ether.saddr, "02:00:00:00:00:01"), match(icmp.type, "echo-request"))).toHaveLength(10);
  });

  it("refuses rules that no packet passes", () => {
    expect(() => nftRule(match(tcp.dport, 80), match(udp.dport, 80))).toThrow(invalid);
    expect(() => nftRule(match(ip.saddr, "10.0.0.1"), match(ip6.saddr, "::1"))).toThrow(invalid);
  });

  it("puts the parts of a key in a row, each at a word", () => {
    const [, , first, second, lookup] = nftRule(inSet([meta.iifname, ip.saddr], pairs));
    expect([first, second]).toMatchObject([{ to: 0 }, { to: 4 }]);
    expect(lookup).toEqual({ type: "lookup", set: "pairs", from: 0 });
  });

  it("makes sets of the rule's own of keys that are listed, and holds them to one kind", () => {
    const [, , , , lookup] = nftRule(inSet([ip.saddr, meta.iifname], [["10.0.0.1", "bgr0"]], "not in"));
    expect(lookup).toEqual({
      ...{ type: "lookup", from: 0, negate: true },
      set: { key: ["ipv4_addr", "ifname"], elements: [{ key: ["10.0.0.1", "bgr0"] }] },
    });
    const targets = [[80, { address: "fd00::1", port: 8080 }]] as const;
    expect(nftRule(nft.natByMap("dnat", [th.dport], targets))).toMatchObject([
      { type: "payload" },
      { set: { data: ["ipv6_addr", "inet_service"], elements: [{ key: [80], data: ["fd00::1", 8080] }] } },
      { type: "dnat", family: "ip6", address: { from: 0 }, port: { from: 4 } },
    ]);
    const mixed = [...targets, [81, { address: "fd00::1" }]] as const;
    expect(() => nftRule(nft.natByMap("dnat", [th.dport], mixed))).toThrow(invalid);
  });

  it("holds sets and maps to their types", () => {
    const verdicts: NftSet = { ...pairs, data: "verdict" };
    const addresses: NftSet = { ...pairs, data: ["ipv4_addr"] };
    const marks: NftSet = { ...pairs, data: ["mark"] };
    const key = [meta.iifname, ip.saddr];
    for (const part of [
      inSet([ip.saddr, meta.iifname], pairs),
      inSet([ip.saddr], pairs),
      inSet(key, verdicts),
      nft.verdictOf(key, addresses),
      nft.natByMap("dnat", key, marks),
      nft.natByMap("dnat", key, pairs),
    ]) {
      expect(() => nftRule(part)).toThrow(invalid);
    }
    expect(nftRule(nft.natByMap("snat", key, addresses)).at(-1)).toEqual({
      type: "snat",
      family: "ip",
      address: { from: 0 },
    });
  });

  it("refuses comparisons that the kernel would do byte by byte", () => {
    expect(() => nftRule(match(meta.mark, 5, "<"))).toThrow(invalid);
    expect(() => nftRule(match(ip.saddr, "10.0.0.0/8", ">"))).toThrow(invalid);
    expect(() => nftRule(match(meta.iifname, "bgr*", "<"))).toThrow(invalid);
    expect(names(match(tcp.dport, 1024, "<")).at(-1)).toBe("cmp");
    expect(() => nftRule(match(tcp.dport, 65536))).toThrow(invalid);
  });
});
