import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeConnection,
  decodeUsage,
  deleteListed,
} from "../../../../../src/host/shared/conntrack/message.ts";
import { attribute, Malformed, nested } from "../../../../../src/host/shared/nft/attributes.ts";
import { messagesOf } from "../../../../../src/host/shared/nft/message.ts";
import { walkChanged } from "../netlink-bytes.ts";
import { LISTED, USAGE } from "./golden.ts";

const samples = [LISTED, USAGE].map((hex) => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ""), "hex")));

/** How many things were seen; what is not Malformed is thrown. */
function walk(bytes: Uint8Array): number {
  let seen = 0;
  for (const message of messagesOf(bytes)) {
    for (const decode of [decodeConnection, decodeUsage]) {
      try {
        const found = decode(message);
        if (found === null) continue;
        seen += 1;
        // What was told can be asked for again, and names nothing but what it did.
        if ("key" in found) expect(deleteListed(found, 1).length).toBeLessThan(bytes.length + 40);
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
      }
    }
  }
  return seen;
}

describe("bytes of ctnetlink", () => {
  it("are understood as they are", () => {
    for (const sample of samples) expect(walk(sample)).toBe(1);
  });

  it("make no other failure than Malformed when some of them are others", () => {
    walkChanged(samples, walk);
  });

  it("make none when they are attributes of any kind, in any nesting", () => {
    const type = fc.constantFrom(1, 2, 3, 12, 18);
    const leaf = fc.tuple(type, fc.uint8Array({ maxLength: 20 })).map(([of, bytes]) => attribute(of, bytes));
    const level = (inner: fc.Arbitrary<Uint8Array>) =>
      fc.tuple(type, fc.array(inner, { maxLength: 4 })).map(([of, children]) => nested(of, ...children));
    const tree = level(fc.oneof(leaf, level(fc.oneof(leaf, level(leaf)))));
    fc.assert(
      fc.property(fc.constantFrom(0x100, 0x105), fc.array(tree, { maxLength: 5 }), (of, trees) => {
        const body = Buffer.concat([Uint8Array.of(2, 0, 0, 0), ...trees]);
        const bytes = Buffer.alloc(16 + body.length);
        bytes.writeUInt32LE(bytes.length, 0);
        bytes.writeUInt16LE(of, 4);
        bytes.set(body, 16);
        walk(bytes);
      }),
      { numRuns: 2000 },
    );
  });
});
