import { expect, it } from "vitest";
import { Firewall } from "../../../src/firewall/firewall.ts";
import { areJudged } from "../../../src/firewall/inspect.ts";
import { openFakeHostOps } from "../../../src/host/fake/index.ts";
import { silentLogger } from "../../../src/shared/logger.ts";

const MAIN = { family: "inet", name: "banger" } as const;

it("what guests send is judged as long as our rules are there, awake (NET-3)", async () => {
  const { nft } = openFakeHostOps();
  const network = { cidr: "172.30.0.0/16", gateway: "172.30.0.1" };
  const firewall = new Firewall({ nft, network, logger: silentLogger });
  expect(await areJudged(nft)).toBe(false);
  await firewall.adopt([], []);
  expect(await areJudged(nft)).toBe(true);
  await nft.apply([{ op: "add-table", table: { ...MAIN, dormant: true } }]);
  expect(await areJudged(nft)).toBe(false);
  await firewall.adopt([], []);
  expect(await areJudged(nft)).toBe(true);
  await nft.apply([
    { op: "delete-table", table: MAIN },
    { op: "add-table", table: MAIN },
  ]);
  expect(await areJudged(nft)).toBe(false);
});
