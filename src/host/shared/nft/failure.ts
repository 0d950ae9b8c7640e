import { errnoName, HostError, type HostErrorCode } from "../../host-error.ts";
import type { NftCommand } from "../../host-ops.ts";
import { SET_ELEMENTS } from "./element.ts";
import { kernelNames } from "./expr/index.ts";
import { encodeRequest } from "./message.ts";
import { objectOf } from "./object.ts";
import type { Planned } from "./plan.ts";
import { type Ack, attributeAt } from "./reply.ts";
import { RULE_EXPRESSIONS } from "./rule.ts";

const LOAD_TABLES = "load it: `modprobe nf_tables`";
/** What is no part of nf_tables itself, by NFTA_EXPR_NAME; where it is missing, the kernel says ENOENT. */
const MODULES: Readonly<Record<string, string>> = {
  ...{ ct: "nft_ct", fib: "nft_fib_inet", limit: "nft_limit", masq: "nft_masq", nat: "nft_nat" },
  ...{ redir: "nft_redir", reject: "nft_reject_inet", connlimit: "nft_connlimit" },
};
const CHAIN_TYPE = 7; // NFTA_CHAIN_TYPE

/** No nf_tables in this kernel: of the socket, or of the transaction as a whole. */
export function isNoTables(errnoCode: string): boolean {
  return ["EPROTONOSUPPORT", "EAFNOSUPPORT", "EOPNOTSUPP"].includes(errnoCode);
}

export function noTables(errnoCode: string, syscall: string, cause?: unknown): HostError {
  return new HostError({
    ...{ code: "ERR_HOST_UNSUPPORTED", errnoCode, syscall, object: "nf_tables", next: LOAD_TABLES },
    detail: "this kernel has no nf_tables",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The transaction as a whole was refused: the kernel answered its first message, NFNL_MSG_BATCH_BEGIN. */
export function batchFailure({ errno, text }: Ack): HostError {
  const errnoCode = errnoName(errno);
  const syscall = "netlink(NFNL_MSG_BATCH_BEGIN)";
  if (isNoTables(errnoCode)) return noTables(errnoCode, syscall);
  return new HostError({ errnoCode, syscall, object: "nf_tables", detail: text });
}

/** One message was refused. */
export function commandFailure(
  commands: readonly NftCommand[],
  failed: Planned,
  { errno, text, offset }: Ack,
): HostError {
  const errnoCode = errnoName(errno);
  const place = offset === null ? null : placeOf(failed, offset);
  const meaning = meaningOf(commands, failed, errnoCode, place);
  return new HostError({
    errnoCode,
    syscall: `netlink(NFT_MSG_${failed.request.name})`,
    object: objectOf(commands[failed.command] as NftCommand),
    detail: [text, place?.text, meaning.detail]
      .filter((part) => part !== undefined && part !== "")
      .join(", "),
    ...(meaning.code === undefined ? {} : { code: meaning.code }),
    ...(meaning.next === undefined ? {} : { next: meaning.next }),
    details: { command: failed.command, ...(place?.place == null ? {} : { place: place.place }) },
  });
}

interface Place {
  readonly type: number;
  /** Which of the rule's expressions, or of the command's elements. */
  readonly place: number | null;
  readonly text: string;
}

function placeOf({ request }: Planned, offset: number): Place | null {
  const ofRule = request.name === "NEWRULE";
  const found = attributeAt(encodeRequest(request, 0), offset, ofRule ? RULE_EXPRESSIONS : SET_ELEMENTS);
  if (found === null) return null;
  const place = found.place === null || ofRule ? found.place : (request.elements?.[found.place] ?? null);
  return {
    type: found.type,
    place,
    text: place === null ? "" : `at ${ofRule ? "expression" : "element"} ${place}`,
  };
}

interface Meaning {
  readonly code?: HostErrorCode;
  readonly detail?: string;
  readonly next?: string;
}

/** What an errno means of this command, where it is not what it means elsewhere. */
function meaningOf(
  commands: readonly NftCommand[],
  { command: index, request }: Planned,
  errnoCode: string,
  place: Place | null,
): Meaning {
  const command = commands[index] as NftCommand;
  // Of a rule's own set, too.
  if (request.name === "NEWSETELEM") return elementsMeaning(errnoCode);
  switch (command.op) {
    case "add-table":
      // A family that is not compiled in.
      return isNoTables(errnoCode) ? { code: "ERR_HOST_UNSUPPORTED", next: LOAD_TABLES } : {};
    case "add-chain":
      if (errnoCode === "ENOENT" && place?.type === CHAIN_TYPE) {
        const module = command.chain.base?.type === "nat" ? "nft_chain_nat" : "nf_tables";
        return unsupported(`chains of type ${command.chain.base?.type}`, module);
      }
      // Type and hook go together: that was checked before. So the chain is there, with others.
      return errnoCode === "EOPNOTSUPP"
        ? { code: "ERR_HOST_EXISTS", detail: "it is there, of another kind" }
        : {};
    case "add-rule":
    case "replace-rule":
      return request.name === "NEWRULE" ? ruleMeaning(commands, command, errnoCode, place) : {};
    default:
      return {};
  }
}

function elementsMeaning(errnoCode: string): Meaning {
  // Other data under that key; another range that it overlaps.
  if (["EBUSY", "ENOTEMPTY"].includes(errnoCode)) return { code: "ERR_HOST_EXISTS" };
  return errnoCode === "ENFILE" ? { code: "ERR_HOST_NO_SPACE", detail: "the set is full" } : {};
}

function ruleMeaning(
  commands: readonly NftCommand[],
  { rule }: Extract<NftCommand, { rule: unknown }>,
  errnoCode: string,
  place: Place | null,
): Meaning {
  const expression = place?.place === null || place === null ? undefined : rule.expressions[place.place];
  const [name, inner] = expression === undefined ? [] : kernelNames(expression);
  // What changes a set has two things that may be missing. A set of the same transaction is there.
  const made = commands.some(
    (each) => each.op === "add-set" && expression?.type === "dynset" && each.set.name === expression.set,
  );
  const missing = made ? inner : name;
  const module = MODULES[missing ?? ""];
  if (errnoCode === "ENOENT" && module !== undefined) return unsupported(`expression ${missing}`, module);
  // Of expressions that depend on hook or type of the chain, and of jumps to a base chain.
  if (errnoCode === "EOPNOTSUPP")
    return { code: "ERR_HOST_INVALID", detail: `${name ?? "it"} does not go into a chain of this kind` };
  if (errnoCode === "ENODATA")
    return { code: "ERR_HOST_INVALID", detail: `${name} reads a register that nothing has filled` };
  return name === undefined ? {} : { detail: name };
}

function unsupported(what: string, module: string): Meaning {
  return {
    code: "ERR_HOST_UNSUPPORTED",
    detail: `this kernel has no ${what}`,
    next: `load it: \`modprobe ${module}\``,
  };
}
