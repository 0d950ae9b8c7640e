import path from "node:path";
import { afterAll, afterEach, expect, it } from "vitest";
import { openReal } from "../../contract/support/hosts.ts";
import { anonymous } from "../../unit/host/shared/nft/golden/anonymous.ts";
import { listed, nft, rulesOf } from "./support/nft-tool.ts";

const FILE = path.resolve(import.meta.dirname, "../../unit/host/shared/nft/golden/anonymous.nft");
const table = { family: "inet", name: "t" } as const;
const host = openReal();
afterEach(() => {
  nft("flush", "ruleset");
});
afterAll(() => host.close());

/** As `nft -j` tells them, sets of the rules' own in them. */
function rules(): unknown[] {
  return listed("rule").map(({ handle, ...rest }) => rest);
}

it("nft sees a rule's own sets as it sees those that it has made itself", async (context) => {
  const { ok, reason } = await host.nft.available();
  if (!ok) context.skip(reason);
  nft("-f", FILE);
  const [theirs, asText] = [rules(), ["f", "pre"].map((chain) => rulesOf(table, chain))];
  const elementsOf = async () => {
    const all = await host.nft.sets(table);
    const sorted = all.sort((a, b) => (a.name < b.name ? -1 : 1));
    return Promise.all(
      sorted.map(async ({ handle, ...set }) => [set, await host.nft.elements(set)] as const),
    );
  };
  const made = await elementsOf();
  nft("flush", "ruleset");
  await host.nft.apply(anonymous);
  expect(["f", "pre"].map((chain) => rulesOf(table, chain))).toEqual(asText);
  expect(rules()).toEqual(theirs);
  expect(await elementsOf()).toEqual(made);
  expect(made).toHaveLength(6);
});
