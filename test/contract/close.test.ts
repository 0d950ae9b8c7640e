import { afterEach, describe, expect, it } from "vitest";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";

const table = { family: "inet", name: "bgrtest-close", owned: true } as const;
const NETNS = "bgrtest-close";

describe.each(hosts)("close() ($name)", ({ open }) => {
  const opened: ReturnType<typeof open>[] = [];
  const host = () => {
    const one = open();
    opened.push(one);
    return one;
  };
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });

  it("refuses what comes after it to nf_tables and connection tracking, and is once", async () => {
    const mine = host();
    const { ok } = await mine.nft.available();
    await mine.close();
    await mine.close();
    await expectHostError(mine.conntrack.usage(), "ERR_HOST_CLOSED", "ECANCELED");
    await expectHostError(mine.conntrack.list(), "ERR_HOST_CLOSED", "ECANCELED");
    if (!ok) return;
    await expectHostError(mine.nft.tables(), "ERR_HOST_CLOSED", "ECANCELED");
    await expectHostError(mine.nft.apply([{ op: "add-table", table }]), "ERR_HOST_CLOSED", "ECANCELED");
    expect(await mine.nft.apply([])).toEqual([]);
  });

  it("waits for what was begun before it", async () => {
    const mine = host();
    if (!(await mine.nft.available()).ok) return;
    const begun = [mine.nft.tables(), mine.nft.generation()];
    await mine.close();
    await Promise.all(begun);
  });

  it("a table that is owned in a named namespace is gone with the call", async () => {
    const mine = host();
    if (!(await mine.nft.available()).ok) return;
    await mine.netns.create(NETNS);
    try {
      const { nft } = mine.netns.in(NETNS);
      await nft.apply([{ op: "add-table", table }]);
      expect(await nft.tables()).toEqual([]);
    } finally {
      await mine.netns.delete(NETNS);
    }
  });
});
