import { invalid } from "../../host-error.ts";
import type { NftCommand, NftElement, NftRule } from "../../host-ops.ts";
import { addChain, deleteChain } from "./chain.ts";
import { changeElements, flushSet } from "./element.ts";
import type { Request } from "./message.ts";
import { type OwnSets, ownSets } from "./own-set.ts";
import { addRule, deleteRule, flushChain, flushTable, replaceRule } from "./rule.ts";
import { addSet, deleteSet } from "./set.ts";
import { addTable, deleteTable } from "./table.ts";

/** One message of a transaction, and which command it is of. */
export interface Planned {
  readonly command: number;
  readonly request: Request;
  /** What it deletes may be gone already: then the transaction is made without it. */
  readonly optional: boolean;
}

/** All messages of all commands, in order. Throws ERR_HOST_INVALID of what the kernel need not be asked. */
export function plan(commands: readonly NftCommand[]): Planned[] {
  let sets = 0;
  const nextSetId = () => ++sets;
  return commands.flatMap((command, index) => {
    const optional =
      command.op.startsWith("delete-") && !("mustExist" in command && command.mustExist === true);
    return requestsOf(command, nextSetId, optional).map((request) => ({ command: index, request, optional }));
  });
}

function requestsOf(command: NftCommand, nextSetId: () => number, optional: boolean): Request[] {
  const exclusive = "mustCreate" in command && command.mustCreate === true;
  switch (command.op) {
    case "add-table":
      return [addTable(command.table, exclusive)];
    case "delete-table":
      return [deleteTable(command.table)];
    case "flush-table":
      return [flushTable(command.table)];
    case "add-chain":
      return [addChain(command.chain, exclusive)];
    case "delete-chain":
      return [deleteChain(command.chain)];
    case "flush-chain":
      return [flushChain(command.chain)];
    case "add-set":
      return [addSet(command.set, nextSetId(), exclusive)];
    case "delete-set":
      return [deleteSet(command.set)];
    case "flush-set":
      return [flushSet(command.set)];
    case "add-elements":
      return changeElements(command.set, command.elements, exclusive ? "create" : "add");
    case "delete-elements":
      return changeElements(command.set, keysOnly(command.elements), "delete", { each: optional });
    case "add-rule":
      return withOwnSets(command.rule, nextSetId, (ids) =>
        addRule(command.rule, command.place ?? "last", ids),
      );
    case "replace-rule":
      return withOwnSets(command.rule, nextSetId, (ids) => replaceRule(command.rule, command.handle, ids));
    case "delete-rule":
      return [deleteRule(command.chain, command.handle)];
    default:
      throw invalid("nft", String((command as { op: unknown }).op), "not a command");
  }
}

function withOwnSets(
  rule: NftRule,
  nextSetId: () => number,
  last: (ids: OwnSets["ids"]) => Request,
): Request[] {
  const { requests, ids } = ownSets(rule, nextSetId);
  return [...requests, last(ids)];
}

/** The kernel finds what to delete by its key, of maps too. */
function keysOnly(elements: readonly Pick<NftElement, "key">[]): NftElement[] {
  return elements.map(({ key }) => ({ key }));
}
