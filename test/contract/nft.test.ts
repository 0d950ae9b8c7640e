import { describe, expect, it } from "vitest";
import type { NftCommand } from "../../src/host/host-ops.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";
import {
  accept,
  base,
  counter,
  elements,
  forward,
  fromLink,
  guests,
  other,
  ports,
  ranges,
  rule,
  table,
  useNft,
} from "./support/nft.ts";

describe.each(hosts)("nft: transactions ($name)", ({ open }) => {
  const { nft, start, keys } = useNft(open);

  it("makes a table with all that belongs to it in one transaction, and lists it", async () => {
    const results = await start(
      { op: "add-chain", chain: other },
      { op: "add-set", set: guests },
      {
        op: "add-rule",
        rule: { chain: forward, expressions: [fromLink, counter, accept], comment: "the first" },
      },
    );
    expect(results.map(({ handle }) => typeof handle)).toEqual(Array(5).fill("bigint"));
    const [known] = (await nft.tables()).filter(({ name }) => name === table.name);
    expect(known).toEqual({ ...table, handle: results[0]?.handle, dormant: false, owned: false, uses: 3 });
    expect(await nft.chains(table)).toEqual([
      { ...forward, handle: results[1]?.handle, base, uses: 1 },
      { ...other, handle: results[2]?.handle, base: null, uses: 0 },
    ]);
    expect(await nft.sets(table)).toEqual([
      {
        ...{
          ...guests,
          handle: results[3]?.handle,
          data: null,
          interval: false,
          timeout: false,
          counter: false,
        },
        ...{ defaultTimeoutMs: null, dynamic: false, constant: false, size: null, anonymous: false },
      },
    ]);
    expect(await nft.rules(forward)).toEqual([
      {
        chain: forward,
        handle: results[4]?.handle,
        expressions: [fromLink, counter, accept],
        comment: "the first",
      },
    ]);
  });

  it("what is there already is well, unless it must be new or is another", async () => {
    await start({ op: "add-set", set: ports });
    await start({ op: "add-set", set: ports });
    const element = { key: ["10.0.0.1", "tcp", 80], data: ["172.30.0.2", 8080] };
    for (let i = 0; i < 2; i++) await nft.apply([{ op: "add-elements", set: ports, elements: [element] }]);
    const again: NftCommand[] = [
      { op: "add-table", table, mustCreate: true },
      { op: "add-chain", chain: { ...forward, base }, mustCreate: true },
      { op: "add-chain", chain: { ...forward, base: { ...base, hook: "input" } } },
      { op: "add-set", set: ports, mustCreate: true },
      { op: "add-elements", set: ports, elements: [element], mustCreate: true },
      { op: "add-elements", set: ports, elements: [{ ...element, data: ["172.30.0.3", 8080] }] },
    ];
    for (const command of again) await expectHostError(nft.apply([command]), "ERR_HOST_EXISTS");
    expect(await nft.elements(ports)).toEqual([element]);
    await nft.apply([{ op: "add-chain", chain: { ...forward, base: { ...base, policy: "accept" } } }]);
    expect((await nft.chains(table))[0]?.base?.policy).toBe("accept");
  });

  it("what is gone already is well, unless it must be there", async () => {
    const gone: NftCommand[] = [
      { op: "delete-rule", chain: forward, handle: 4711n },
      { op: "delete-elements", set: ranges, elements: [{ key: ["10.0.0.0/8"] }] },
      { op: "delete-set", set: ranges },
      { op: "delete-chain", chain: other },
      { op: "delete-chain", chain: { table, handle: 4711n } },
      { op: "delete-table", table },
    ];
    expect(await nft.apply(gone)).toEqual(Array(6).fill({ handle: null, missing: true }));
    await start({ op: "add-set", set: ranges }, elements(ranges, ["10.0.0.0/8"], ["11.0.0.0/8"]));
    expect(await nft.apply(gone.slice(0, 2))).toEqual([
      { handle: null, missing: true },
      { handle: null, missing: false },
    ]);
    for (const command of gone.slice(0, 5)) {
      if (command.op === "delete-set") continue;
      const error = await expectHostError(
        nft.apply([rule(accept), { ...command, mustExist: true }] as NftCommand[]),
        "ERR_HOST_NOT_FOUND",
        "ENOENT",
      );
      expect(error.details).toMatchObject({ command: 1 });
    }
    expect(await nft.rules(forward)).toEqual([]);
    expect(await keys(ranges)).toEqual([["11.0.0.0/8"]]);
  });

  it("counts transactions, and no failed ones", async () => {
    const before = await nft.generation();
    await start({ op: "add-chain", chain: other });
    await expectHostError(nft.apply([{ op: "add-table", table, mustCreate: true }]), "ERR_HOST_EXISTS");
    expect(await nft.generation()).toBe(before + 1);
  });

  it("makes a table its own", async () => {
    const own = { ...table, owned: true };
    await nft.apply([{ op: "add-table", table: own }]);
    await nft.apply([{ op: "add-chain", chain: { ...forward, base } }]);
    expect((await nft.tables()).find(({ name }) => name === table.name)).toMatchObject(own);
    await nft.apply([{ op: "delete-table", table }]);
  });

  it("is all or nothing, and says which command failed", async () => {
    await start({ op: "add-set", set: ranges }, elements(ranges, ["10.0.0.0/8"]));
    const error = await expectHostError(
      nft.apply([
        { op: "add-chain", chain: other },
        elements(ranges, ["11.0.0.0/8"]),
        { op: "delete-elements", set: ranges, elements: [{ key: ["10.0.0.0/8"] }] },
        rule(counter, { type: "lookup", set: "nowhere", from: 0 }),
        { op: "delete-chain", chain: { table, name: "nothing" } },
      ]),
      "ERR_HOST_NOT_FOUND",
      "ENOENT",
    );
    expect(error.details).toMatchObject({ command: 3 });
    expect(error.syscall).toBe("netlink(NFT_MSG_NEWRULE)");
    expect(error.object).toBe("a rule of chain inet bgrtest forward");
    expect((await nft.chains(table)).map(({ name }) => name)).toEqual(["forward"]);
    expect(await keys(ranges)).toEqual([["10.0.0.0/8"]]);
  });
});
