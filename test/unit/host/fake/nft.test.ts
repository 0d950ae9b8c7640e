import { describe, expect, it } from "vitest";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";

const table = { family: "inet", name: "banger" } as const;

describe("the fake's nf_tables", () => {
  it("is missing on demand, with what to load", async () => {
    const host = openFakeHostOps({ nfTables: false });
    expect(await host.nft.available()).toEqual({ ok: false, reason: "this kernel has no nf_tables" });
    const unsupported = { code: "ERR_HOST_UNSUPPORTED", next: "load it: `modprobe nf_tables`" };
    await expect(host.nft.apply([{ op: "add-table", table }])).rejects.toMatchObject(unsupported);
    for (const list of [host.nft.tables(), host.nft.chains(table), host.nft.sets(table)]) {
      await expect(list).rejects.toMatchObject(unsupported);
    }
  });

  it("fails on demand, and leaves what was", async () => {
    const host = openFakeHostOps();
    host.faults.fail("nft.apply", { errnoCode: "EPERM" });
    await expect(host.nft.apply([{ op: "add-table", table }])).rejects.toMatchObject({
      code: "ERR_HOST_PERMISSION",
    });
    expect(await host.nft.tables()).toEqual([]);
    await host.nft.apply([{ op: "add-table", table }]);
    expect(await host.nft.tables()).toMatchObject([{ ...table, handle: 1n }]);
  });
});
