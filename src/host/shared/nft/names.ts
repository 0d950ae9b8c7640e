import { invalid } from "../../host-error.ts";
import type { NftChainRef, NftSetRef, NftTableRef } from "../../host-ops.ts";

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_./\\-]*$/;
const NAME_BYTES = 255; // NFT_NAME_MAXLEN with its NUL
const COMMENT_BYTES = 127; // what nft itself reads of one

/** A name of a table, chain or set: what `nft` can write without quotes. ERR_HOST_INVALID. */
export function checkName(name: string): string {
  if (typeof name !== "string" || !NAME.test(name) || name.length > NAME_BYTES) {
    throw invalid(
      "nft",
      String(name),
      "not a name: letters, digits and _./\\- begin with a letter, digit or _",
    );
  }
  return name;
}

export function checkComment(comment: string): string {
  if (comment.includes("\0") || new TextEncoder().encode(comment).length > COMMENT_BYTES) {
    throw invalid("nft", "a comment", `at most ${COMMENT_BYTES} bytes, none of them NUL`);
  }
  return comment;
}

export function tableText({ family, name }: NftTableRef): string {
  return `${family} ${name}`;
}

/** `inet banger forward`, as `nft` says it. */
export function memberText({ table, name }: NftChainRef | NftSetRef): string {
  return `${tableText(table)} ${name}`;
}
