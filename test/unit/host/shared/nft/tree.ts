import { readFileSync } from "node:fs";
import path from "node:path";
import { attributesOf } from "../../../../../src/host/shared/nft/attributes.ts";

/** Attributes as a tree: nested where NLA_F_NESTED says so, in the order of their types, lists in their own. */
export type Tree = (readonly [type: number, content: string | Tree])[];

export function treeOf(bytes: Uint8Array): Tree {
  const nested: boolean[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    nested.push(((bytes[at + 3] as number) & 0x80) !== 0);
    at += (((bytes[at] as number) | ((bytes[at + 1] as number) << 8)) + 3) & ~3;
  }
  return attributesOf(bytes)
    .map(({ type, payload }, i) => [type, nested[i] === true ? treeOf(payload) : hex(payload)] as const)
    .sort(([a], [b]) => a - b);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** A message as it is compared: what it is, for which family, with which flags, and its attributes. */
export interface Shown {
  readonly type: number;
  readonly family: number;
  readonly flags: number;
  readonly tree: Tree;
}

export function show(message: Uint8Array): Shown {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const [type, flags] = [view.getUint16(4, true), view.getUint16(6, true)];
  return { type, flags, family: view.getUint8(16), tree: treeOf(message.subarray(20)) };
}

/** What `nft` sent, without the ends of the batch. */
export function golden(name: string): Shown[] {
  const file = path.join(import.meta.dirname, "golden", `${name}.hex`);
  const lines = readFileSync(file, "utf8").trim().split("\n").slice(1, -1);
  return lines.map((line) => show(Buffer.from(line, "hex")));
}

/** Without an attribute, wherever the way of types leads to it. */
export function without(tree: Tree, ...way: number[]): Tree {
  const [type, ...rest] = way;
  return tree.flatMap(([each, content]) => {
    if (each !== type) return [[each, content] as const];
    if (rest.length === 0) return [];
    return [[each, typeof content === "string" ? content : without(content, ...rest)] as const];
  });
}
