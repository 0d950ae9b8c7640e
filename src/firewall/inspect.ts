import type { NftCommand, NftOps, NftResult, NftTable } from "../host/host-ops.ts";
import { errorCode } from "../shared/errors.ts";
import { type Content, guestElement } from "./ruleset.ts";
import { layoutOf, MAIN } from "./tables.ts";

/** The numbers that the kernel gave our rules: the same rule made by somebody else has another. */
export type RuleHandles = ReadonlyMap<string, readonly bigint[]>;

export function handlesOf(commands: readonly NftCommand[], results: readonly NftResult[]): RuleHandles {
  const found = new Map<string, bigint[]>();
  for (const [index, command] of commands.entries()) {
    const handle = results[index]?.handle ?? null;
    if (command.op === "add-chain") found.set(command.chain.name, found.get(command.chain.name) ?? []);
    if (command.op === "add-rule" && handle !== null)
      found.set(command.rule.chain.name, [...(found.get(command.rule.chain.name) ?? []), handle]);
  }
  return found;
}

/** Whether there are rules at all that judge what guests send, whoever's daemon made them. ERR_HOST_* */
export async function areJudged(nft: Pick<NftOps, "tables" | "rules">): Promise<boolean> {
  const ours = (await nft.tables()).find(({ family, name }) => family === MAIN.family && name === MAIN.name);
  if (ours === undefined || ours.dormant) return false;
  const rules = await nft.rules(layoutOf(MAIN).prerouting).catch((error) => {
    if (errorCode(error) !== "ERR_HOST_NOT_FOUND") throw error;
    return [];
  });
  return rules.length > 0;
}

/** Whether a table is as we made it: nobody flushed it, took out a rule, or let somebody else in. */
export async function isIntact(
  nft: NftOps,
  table: NftTable,
  handles: RuleHandles,
  content: Content,
): Promise<boolean> {
  const known = (await nft.tables()).find(
    ({ family, name }) => family === table.family && name === table.name,
  );
  if (known === undefined || known.dormant) return false;
  const chains = await nft.chains(table);
  if (chains.length !== handles.size || chains.some(({ base }) => base?.policy === "drop")) return false;
  for (const chain of chains) {
    const rules = await nft.rules(chain);
    if (rules.map(({ handle }) => handle).join() !== handles.get(chain.name)?.join()) return false;
  }
  const layout = layoutOf(table);
  const wanted: [string, string[]][] = [
    [
      layout.guests.name,
      content.members.flatMap((member) => {
        const element = guestElement(member, layout);
        return element === null ? [] : [textOf(element.key, element.data)];
      }),
    ],
    [layout.peers.name, content.pairs.map((pair) => textOf(pair))],
    [layout.opened.name, content.opened.map((link) => textOf([link]))],
  ];
  for (const [name, expected] of wanted) {
    const there = (await nft.elements({ table, name })).map(({ key, data }) => textOf(key, data));
    if (there.sort().join() !== expected.sort().join()) return false;
  }
  return true;
}

function textOf(key: readonly unknown[], data?: unknown): string {
  return JSON.stringify([key, data ?? null]);
}
