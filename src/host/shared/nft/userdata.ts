import { joined, numberBytes } from "../../../shared/nft/bytes.ts";

/** The TLVs of a byte each that nft keeps its own notes in; the kernel only stores them. */
const COMMENT = 0; // NFTNL_UDATA_RULE_COMMENT, NFTNL_UDATA_SET_ELEM_COMMENT
const KEY_BYTEORDER = 0; // NFTNL_UDATA_SET_KEYBYTEORDER
const DATA_BYTEORDER = 1; // NFTNL_UDATA_SET_DATABYTEORDER
const ORDERS = { host: 1, network: 2 } as const; // enum byteorder of nft

function tlv(type: number, value: Uint8Array): Uint8Array {
  return joined([Uint8Array.of(type, value.length), value]);
}

export function encodeComment(comment: string): Uint8Array {
  return tlv(COMMENT, new TextEncoder().encode(`${comment}\0`));
}

/** null where there is none. What is malformed ends the walk. */
export function decodeComment(userdata: Uint8Array): string | null {
  for (let at = 0; at + 2 <= userdata.length; ) {
    const length = userdata[at + 1] as number;
    if (at + 2 + length > userdata.length) return null;
    const value = userdata.subarray(at + 2, at + 2 + length);
    if (userdata[at] === COMMENT) return new TextDecoder().decode(value).replace(/\0.*$/s, "");
    at += 2 + length;
  }
  return null;
}

/** How `nft list` is to read the numbers of a set. A concatenation says nothing. */
export function encodeByteorders(
  key: keyof typeof ORDERS | null,
  data: keyof typeof ORDERS | null,
): Uint8Array {
  const parts = [[KEY_BYTEORDER, key] as const, [DATA_BYTEORDER, data] as const].flatMap(([type, order]) =>
    order === null ? [] : [tlv(type, numberBytes(ORDERS[order], 4, "host"))],
  );
  return joined(parts);
}
