import type { NftTable, NftTableInfo, NftTableRef } from "../../host-ops.ts";
import { Attributes, text, u32, u64 } from "./attributes.ts";
import { contentOf, type Message, NLM_F, type Request } from "./message.ts";
import { checkName } from "./names.ts";

const [NAME, FLAGS, USE, HANDLE] = [1, 2, 3, 4]; // NFTA_TABLE_
// NFT_TABLE_F_
const DORMANT = 1;
const OWNER = 2;

// NEWTABLE { NAME, FLAGS }
export function addTable(
  { family, name, dormant = false, owned = false }: NftTable,
  exclusive: boolean,
): Request {
  return {
    ...{ name: "NEWTABLE", family, flags: NLM_F.ECHO | (exclusive ? NLM_F.EXCL : 0) },
    attributes: [text(NAME, checkName(name)), u32(FLAGS, (dormant ? DORMANT : 0) | (owned ? OWNER : 0))],
  };
}

// DELTABLE { NAME }
export function deleteTable({ family, name }: NftTableRef): Request {
  return { name: "DELTABLE", family, flags: 0, attributes: [text(NAME, checkName(name))] };
}

export function listTables(): Request {
  return { name: "GETTABLE", family: "unspec", flags: NLM_F.DUMP, attributes: [] };
}

/** null of what is no table's. Throws Malformed. */
export function decodeTable(message: Message): NftTableInfo | null {
  const content = contentOf(message, "NEWTABLE");
  if (content === null) return null;
  const from = new Attributes(content.attributes);
  return {
    family: content.family,
    name: from.text(NAME),
    handle: from.u64(HANDLE),
    dormant: (from.u32(FLAGS) & DORMANT) !== 0,
    owned: (from.u32(FLAGS) & OWNER) !== 0,
    uses: from.u32(USE),
  };
}

/** `NFTA_CHAIN_TABLE`, `NFTA_SET_TABLE`, …: all are 1. */
export const TABLE = 1;

export function inTable(table: NftTableRef): Uint8Array {
  return text(TABLE, checkName(table.name));
}

export function handleAttribute(type: number, handle: bigint): Uint8Array {
  return u64(type, handle);
}
