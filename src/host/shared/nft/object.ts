import type { NftByHandle, NftChainRef, NftCommand, NftSetRef } from "../../host-ops.ts";
import { memberText, tableText } from "./names.ts";

/** What a command is about, as errors say it: `chain inet banger forward`. */
export function objectOf(command: NftCommand): string {
  switch (command.op) {
    case "add-table":
    case "delete-table":
    case "flush-table":
      return `table ${tableText(command.table)}`;
    case "add-chain":
    case "delete-chain":
    case "flush-chain":
      return `chain ${nameOrHandle(command.chain)}`;
    case "add-set":
    case "delete-set":
    case "flush-set":
      return `set ${nameOrHandle(command.set)}`;
    case "add-elements":
    case "delete-elements":
      return `elements of set ${memberText(command.set)}`;
    case "add-rule":
      return `a rule of chain ${memberText(command.rule.chain)}`;
    case "replace-rule":
      return `rule ${command.handle} of chain ${memberText(command.rule.chain)}`;
    case "delete-rule":
      return `rule ${command.handle} of chain ${memberText(command.chain)}`;
    default:
      return "";
  }
}

function nameOrHandle(of: NftChainRef | NftSetRef | NftByHandle): string {
  return "handle" in of ? `${tableText(of.table)} handle ${of.handle}` : memberText(of);
}
