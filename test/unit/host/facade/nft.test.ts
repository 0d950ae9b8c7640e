import { describe, expect, it } from "vitest";
import { openHostOps } from "../../../../src/host/facade.ts";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";
import { accept, inSet, ip, masquerade, nftRule } from "../../../../src/shared/nft/index.ts";

const table = { family: "inet", name: "mine" } as const;
const post = { table, name: "post", base: { type: "nat", hook: "postrouting", priority: 100 } } as const;

describe("a table of the library", () => {
  it("gives back itself, and before that what was put into it", async () => {
    const fake = openFakeHostOps();
    {
      await using host = openHostOps(fake);
      await using mine = await host.createTable(table, { op: "add-chain", chain: post });
      await expect(host.createTable(table)).rejects.toMatchObject({ code: "ERR_HOST_EXISTS" });
      await using set = await mine.addSet({ name: "nat", key: ["ipv4_addr"] });
      {
        await using rule = await mine.addRule(
          "post",
          nftRule(inSet([ip.saddr], set.info), masquerade()),
          "ours",
        );
        await using elements = await mine.addElements(set.info, { key: ["10.0.0.2"] }, { key: ["10.0.0.3"] });
        expect([(await fake.nft.rules(post))[0]?.handle, elements.info]).toEqual([
          rule.info.handle,
          await fake.nft.elements(set.info),
        ]);
      }
      expect([await fake.nft.rules(post), await fake.nft.elements(set.info)]).toEqual([[], []]);
      const kept = await mine.addRule("post", nftRule(accept));
      await mine.apply({ op: "flush-chain", chain: post });
      await kept.close();
    }
    expect(fake.kernel.tables.size).toBe(0);
  });
});
