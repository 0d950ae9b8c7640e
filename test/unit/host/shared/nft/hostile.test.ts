import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NftSetInfo } from "../../../../../src/host/host-ops.ts";
import { attributesOf, Malformed } from "../../../../../src/host/shared/nft/attributes.ts";
import { decodeChain } from "../../../../../src/host/shared/nft/chain.ts";
import { decodeElements, elementsOf } from "../../../../../src/host/shared/nft/element-decode.ts";
import { decodeExpressions } from "../../../../../src/host/shared/nft/expr/index.ts";
import { type Message, messagesOf } from "../../../../../src/host/shared/nft/message.ts";
import { attributeAt, decodeAck } from "../../../../../src/host/shared/nft/reply.ts";
import { decodeRule } from "../../../../../src/host/shared/nft/rule.ts";
import { decodeSet } from "../../../../../src/host/shared/nft/set.ts";
import { decodeTable } from "../../../../../src/host/shared/nft/table.ts";
import { outcomeOf } from "../../../../../src/host/shared/nft/transaction.ts";
import { decodeComment } from "../../../../../src/host/shared/nft/userdata.ts";

const NAMES = ["chains", "sets", "rules", "nat"];
const golden = NAMES.flatMap((name) => {
  const text = readFileSync(path.join(import.meta.dirname, "golden", `${name}.hex`), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => Uint8Array.from(Buffer.from(line, "hex")));
});

const set: NftSetInfo = {
  ...{
    table: { family: "inet", name: "t" },
    name: "s",
    handle: 1n,
    key: ["ifname", "ipv4_addr"],
    data: ["ipv4_addr"],
  },
  ...{
    interval: false,
    timeout: false,
    defaultTimeoutMs: null,
    dynamic: false,
    constant: false,
    counter: false,
  },
  ...{ size: null, anonymous: false },
};
const SHAPES: NftSetInfo[] = [
  set,
  { ...set, key: ["ipv4_addr"], interval: true },
  { ...set, key: ["ipv6_addr"], interval: true, data: "verdict" },
  { ...set, key: ["unknown"], data: ["unknown"] },
];

/** Whatever the bytes are: an answer, or that they are malformed. */
function reads<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

function readAll(message: Message): void {
  for (const decode of [decodeTable, decodeChain, decodeSet, decodeRule]) reads(() => decode(message));
  const elements = reads(() => elementsOf(message)) ?? [];
  for (const shape of SHAPES) reads(() => decodeElements(shape, elements));
  decodeAck(message);
  outcomeOf([], [], message.sequence - 1, [message]);
}

const damaged = fc
  .tuple(
    fc.constantFrom(...golden),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
    fc.nat(),
  )
  .map(([message, changes, cut]) => {
    const bytes = message.slice();
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return cut % 3 === 0 ? bytes.slice(0, cut % bytes.length) : bytes;
  });

describe("what nft sent", () => {
  it("is read, damaged as it may be", () => {
    fc.assert(
      fc.property(damaged, (bytes) => {
        for (const each of messagesOf(bytes)) readAll(each);
      }),
      { numRuns: 3000 },
    );
  });

  it("is walked to its end and no further", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 400 }), (bytes, offset) => {
        const total = attributesOf(bytes).reduce((sum, { payload }) => sum + payload.length + 4, 0);
        expect(total).toBeLessThanOrEqual(bytes.length);
        decodeExpressions(bytes);
        decodeComment(bytes);
        attributeAt(bytes, offset, 4);
      }),
    );
  });

  it("golden messages are read in full", () => {
    const messages = golden.flatMap(messagesOf);
    expect(messages).toHaveLength(golden.length);
    for (const message of messages) readAll(message);
  });
});
