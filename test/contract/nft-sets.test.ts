import { describe, expect, it } from "vitest";
import type { NftCommand, NftElement, NftSet } from "../../src/host/host-ops.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";
import {
  elements,
  guests,
  leases,
  links,
  other,
  ports,
  ranges,
  services,
  table,
  useNft,
} from "./support/nft.ts";

describe.each(hosts)("nft: sets and maps ($name)", ({ open }) => {
  const { nft, start, keys } = useNft(open);

  it("keeps ranges and prefixes of one part, to the ends of the space, and refuses what overlaps", async () => {
    const all: NftElement["key"][] = [
      ["0.0.0.0/8"],
      ["10.0.0.0/25"],
      ["10.0.0.128/25"],
      ["11.0.0.1"],
      [{ from: "12.0.0.1", to: "12.0.0.9" }],
      ["255.0.0.0/8"],
    ];
    await start({ op: "add-set", set: ranges }, elements(ranges, ...all));
    expect(await keys(ranges)).toEqual(all);
    for (const key of ["12.0.0.3", { from: "12.0.0.5", to: "12.0.0.20" }]) {
      await expectHostError(nft.apply([elements(ranges, [key])]), "ERR_HOST_EXISTS");
    }
    await nft.apply([
      {
        op: "delete-elements",
        set: ranges,
        elements: [{ key: ["255.0.0.0/8"] }, { key: ["10.0.0.128/25"] }],
      },
    ]);
    expect(await keys(ranges)).toEqual(all.filter((_, i) => i !== 2 && i !== 5));
    await nft.apply([{ op: "flush-set", set: ranges }]);
    expect(await keys(ranges)).toEqual([]);
  });

  it("keeps concatenations, of ranges too, maps to values and to verdicts, and comments", async () => {
    await start(...[guests, ports, links, services].map((set): NftCommand => ({ op: "add-set", set })), {
      op: "add-chain",
      chain: other,
    });
    const guest = { key: ["bgr7", "172.30.0.2", "02:62:67:00:00:07"], comment: "a VM" };
    const port = { key: ["127.0.0.1", "udp", 5353], data: ["172.30.0.2", 53] };
    const targets = [
      { key: ["bgr1"], data: { jump: "other" } },
      { key: ["bgr2"], data: "drop" },
    ] as const;
    const service: NftElement["key"] = ["10.0.0.0/8", { from: 80, to: 90 }];
    await nft.apply([
      { op: "add-elements", set: guests, elements: [guest] },
      { op: "add-elements", set: ports, elements: [port] },
      { op: "add-elements", set: links, elements: targets },
      elements(services, service, ["11.0.0.1", 443]),
    ]);
    expect(await nft.elements(guests)).toEqual([guest]);
    expect(await nft.elements(ports)).toEqual([port]);
    expect(await nft.elements(links)).toEqual(targets);
    expect(await keys(services)).toEqual([service, ["11.0.0.1", 443]]);
    await expectHostError(nft.apply([elements(services, ["10.1.0.0/16", 85])]), "ERR_HOST_EXISTS");
    await expectHostError(nft.apply([{ op: "delete-chain", chain: other }]), "ERR_HOST_BUSY", "EBUSY");
    await nft.apply([
      { op: "delete-elements", set: links, elements: targets.map(({ key }) => ({ key })) },
      { op: "delete-chain", chain: other },
    ]);
  });

  it("lets elements go by their time, counts them, and takes no more than fit", async () => {
    const counted: NftSet = { table, name: "counted", key: ["ipv4_addr"], counter: true, size: 2 };
    await start({ op: "add-set", set: leases }, { op: "add-set", set: counted });
    const lease = (address: string, timeoutMs?: bigint) => ({
      key: [address],
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    const given = [lease("10.0.0.1", 50n), lease("10.0.0.2", 3_600_000n), lease("10.0.0.3")];
    await nft.apply([{ op: "add-elements", set: leases, elements: given }]);
    while ((await nft.elements(leases)).length > 2) await new Promise((done) => setTimeout(done, 20));
    const left = await nft.elements(leases);
    expect(left.map(({ key, timeoutMs }) => [key[0], timeoutMs])).toEqual([
      ["10.0.0.2", 3_600_000n],
      ["10.0.0.3", undefined],
    ]);
    expect(left[0]?.expiresMs).toBeGreaterThan(0n);
    await nft.apply([elements(counted, ["10.0.0.1"], ["10.0.0.2"])]);
    expect((await nft.elements(counted))[0]?.counter).toEqual({ packets: 0n, bytes: 0n });
    await expectHostError(nft.apply([elements(counted, ["10.0.0.3"])]), "ERR_HOST_NO_SPACE", "ENFILE");
    await expectHostError(
      nft.apply([{ op: "add-elements", set: counted, elements: [lease("10.0.0.3", 50n)] }]),
      "ERR_HOST_INVALID",
    );
  });

  it("takes a thousand elements in one transaction, and more than one message holds", async () => {
    const many = Array.from({ length: 1500 }, (_, i) => [`10.1.${i >> 8}.${i & 255}`]);
    const set: NftSet = { table, name: "many", key: ["ipv4_addr"] };
    await start({ op: "add-set", set }, elements(set, ...many));
    expect(await keys(set)).toEqual(many);
    await nft.apply([{ op: "delete-elements", set, elements: many.slice(1).map((key) => ({ key })) }]);
    expect(await keys(set)).toEqual([many[0]]);
  });
});
