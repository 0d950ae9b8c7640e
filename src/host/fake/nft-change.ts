import type { NftCommand, NftResult, NftTableRef } from "../host-ops.ts";
import { tableText } from "../shared/nft/names.ts";
import { allExpressions, found, named, nextHandle, Refused, usesOfChain } from "./nft-draft.ts";
import type { FakeNftChain, FakeNftTable } from "./nft-objects.ts";
import { addRule, changeRule } from "./nft-rule.ts";
import { addElements, addSet, checkTargets, deleteElements } from "./nft-set.ts";

type Tables = Map<string, FakeNftTable>;
const DONE: NftResult = { handle: null, missing: false };
const MISSING: NftResult = { handle: null, missing: true };

/** Does one command to a draft. Throws {@link Refused}. */
export function change(tables: Tables, command: NftCommand, nowMs: number): NftResult {
  if (!command.op.startsWith("delete-") || ("mustExist" in command && command.mustExist === true)) {
    return dispatch(tables, command, nowMs);
  }
  try {
    return dispatch(tables, command, nowMs);
  } catch (error) {
    if (error instanceof Refused && error.errnoCode === "ENOENT") return MISSING;
    throw error;
  }
}

function dispatch(tables: Tables, command: NftCommand, nowMs: number): NftResult {
  switch (command.op) {
    case "add-table":
      return addTable(tables, command);
    case "delete-table":
      if (!tables.delete(tableText(command.table))) throw new Refused("ENOENT");
      return DONE;
    case "flush-table":
      for (const chain of tableOf(tables, command.table).chains.values()) chain.rules = [];
      return DONE;
    case "add-chain":
      return addChain(tableOf(tables, command.chain.table), command);
    case "delete-chain":
      return deleteChain(tableOf(tables, command.chain.table), command.chain);
    case "flush-chain":
      chainOf(tables, command.chain).rules = [];
      return DONE;
    case "add-set":
      return addSet(tableOf(tables, command.set.table), command.set, command.mustCreate === true);
    case "delete-set":
      return deleteSet(tableOf(tables, command.set.table), command.set);
    case "flush-set":
      setOf(tables, command.set).elements.clear();
      return DONE;
    case "add-elements":
      addElements(setOf(tables, command.set), command, nowMs);
      checkTargets(tableOf(tables, command.set.table), command.elements);
      return DONE;
    case "delete-elements": {
      const gone = deleteElements(setOf(tables, command.set), command);
      return gone === command.elements.length && gone > 0 ? MISSING : DONE;
    }
    case "add-rule":
      return addRule(tableOf(tables, command.rule.chain.table), command.rule, command.place ?? "last");
    case "replace-rule":
      return changeRule(tableOf(tables, command.rule.chain.table), command);
    case "delete-rule":
      return changeRule(tableOf(tables, command.chain.table), command);
  }
}

function addTable(
  tables: Tables,
  { table, mustCreate = false }: Extract<NftCommand, { op: "add-table" }>,
): NftResult {
  const { family, name, dormant = false, owned = false } = table;
  const known = tables.get(tableText(table));
  if (known !== undefined) {
    if (mustCreate) throw new Refused("EEXIST");
    known.dormant = dormant;
    return DONE;
  }
  const handle =
    [...tables.values()].reduce((most, other) => (other.handle > most ? other.handle : most), 0n) + 1n;
  tables.set(tableText(table), {
    ...{ family, name, handle, dormant, owned, lastHandle: 0n },
    ...{ chains: new Map(), sets: new Map() },
  });
  return { handle, missing: false };
}

function tableOf(tables: Tables, table: NftTableRef): FakeNftTable {
  return found(tables.get(tableText(table)));
}

function chainOf(tables: Tables, { table, name }: { table: NftTableRef; name: string }): FakeNftChain {
  return found(tableOf(tables, table).chains.get(name));
}

function setOf(tables: Tables, { table, name }: { table: NftTableRef; name: string }) {
  return found(tableOf(tables, table).sets.get(name));
}

function addChain(
  table: FakeNftTable,
  { chain, mustCreate = false }: Extract<NftCommand, { op: "add-chain" }>,
): NftResult {
  const base =
    chain.base === undefined ? null : { ...chain.base, policy: chain.base.policy ?? ("accept" as const) };
  const known = table.chains.get(chain.name);
  if (known === undefined) {
    const handle = nextHandle(table);
    table.chains.set(chain.name, { handle, base, rules: [] });
    return { handle, missing: false };
  }
  const same = ["type", "hook", "priority", "device"].every(
    (key) => read(known.base, key) === read(base, key),
  );
  if (mustCreate || (base !== null && !same)) throw new Refused("EEXIST");
  if (known.base !== null && chain.base?.policy !== undefined)
    known.base = { ...known.base, policy: chain.base.policy };
  return DONE;
}

function read(from: object | null, key: string): unknown {
  return from === null ? undefined : (from as Record<string, unknown>)[key];
}

function deleteChain(table: FakeNftTable, which: object): NftResult {
  const name = named(table.chains, which);
  if (usesOfChain(table, name) > (table.chains.get(name)?.rules.length ?? 0)) throw new Refused("EBUSY");
  table.chains.delete(name);
  return DONE;
}

function deleteSet(table: FakeNftTable, which: object): NftResult {
  const handles = [...table.sets].map(
    ([name, { info }]) => [name, { handle: info.handle }] as [string, { handle: bigint }],
  );
  const name = named(handles, which);
  if (allExpressions(table).some((each) => "set" in each && each.set === name)) throw new Refused("EBUSY");
  table.sets.delete(name);
  return DONE;
}
