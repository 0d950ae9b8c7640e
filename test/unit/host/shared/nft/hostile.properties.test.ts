import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NftElement, NftExpression, NftSet, NftSetInfo } from "../../../../../src/host/host-ops.ts";
import { attribute, Malformed, nested, u32, u64 } from "../../../../../src/host/shared/nft/attributes.ts";
import { addChain, decodeChain } from "../../../../../src/host/shared/nft/chain.ts";
import { changeElements } from "../../../../../src/host/shared/nft/element.ts";
import { decodeElements, elementsOf } from "../../../../../src/host/shared/nft/element-decode.ts";
import {
  encodeRequest,
  type Message,
  messagesOf,
  type Request,
} from "../../../../../src/host/shared/nft/message.ts";
import { attributeAt, decodeAck } from "../../../../../src/host/shared/nft/reply.ts";
import { addRule, decodeRule } from "../../../../../src/host/shared/nft/rule.ts";
import { addSet, decodeSet } from "../../../../../src/host/shared/nft/set.ts";
import { addTable, decodeTable } from "../../../../../src/host/shared/nft/table.ts";
import { walkChanged } from "../netlink-bytes.ts";

const table = { family: "inet", name: "t" } as const;
const set: NftSet = { table, name: "s", key: ["ifname", "ipv4_addr"], data: ["inet_service"], timeout: true };
const ranges: NftSet = { table, name: "r", key: ["ipv4_addr"], interval: true };
const expressions: NftExpression[] = [
  { type: "meta", key: "iifname", to: 0 },
  { type: "cmp", from: 0, op: "==", value: Uint8Array.from([1, 2, 3, 4]) },
  { type: "payload", base: "network", offset: 12, length: 4, to: 1 },
  { type: "bitwise", from: 1, to: 1, mask: new Uint8Array(4).fill(255), xor: new Uint8Array(4) },
  { type: "lookup", set: "s", from: 0, negate: true },
  { type: "limit", rate: 10n, per: "second", of: "packets", burst: 5 },
  { type: "counter", packets: 1n, bytes: 60n },
  { type: "dynset", op: "add", set: "s", from: 0, state: { type: "connlimit", count: 9, over: true } },
  { type: "reject", with: { kind: "icmpx", code: "port-unreachable" } },
  { type: "verdict", verdict: { jump: "other" } },
];
const elements: NftElement[] = [
  { key: ["bgr0", "10.0.0.1"], data: [80], timeoutMs: 1000n, comment: "one" },
  { key: ["bgr1", "10.0.0.2"], data: [443] },
];

/** What the kernel tells of an object is what makes it, with a handle, and of what others use, how many do. */
function told(request: Request, handleType: number, useType?: number): Uint8Array {
  const use = useType === undefined ? [] : [u32(useType, 2)];
  return encodeRequest({ ...request, attributes: [...request.attributes, u64(handleType, 7n), ...use] }, 1);
}

const samples: Uint8Array[] = [
  told(addTable({ ...table, dormant: true }, false), 4, 3),
  told(
    addChain(
      { table, name: "c", base: { type: "filter", hook: "forward", priority: -5, policy: "drop" } },
      false,
    ),
    2,
    6,
  ),
  told(addRule({ chain: { table, name: "c" }, expressions, comment: "why" }, "last"), 3),
  told(addSet({ ...set, size: 9, counter: true }, 1, false), 16),
  ...changeElements(set, elements, "add").map((request) => encodeRequest(request, 1)),
  ...changeElements(ranges, [{ key: ["10.0.0.0/8"] }], "add").map((request) => encodeRequest(request, 1)),
];

const info = ({ key, data, interval = false }: NftSet): NftSetInfo => ({
  ...{
    table,
    name: "s",
    handle: 1n,
    key,
    data: data ?? null,
    interval,
    timeout: true,
    defaultTimeoutMs: null,
  },
  ...{ dynamic: false, constant: false, counter: false, size: null, anonymous: false },
});

/** All that is made of a message of a listing. Returns how many things were seen in it. */
function decodeAll(message: Message): number {
  const decoders: ((of: Message) => unknown)[] = [
    decodeTable,
    decodeChain,
    decodeRule,
    decodeSet,
    ...[set, ranges].map((each) => (of: Message) => {
      const found = elementsOf(of);
      return found === null ? null : decodeElements(info(each), found);
    }),
  ];
  return decoders.filter((decode) => {
    try {
      return decode(message) !== null;
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return false;
    }
  }).length;
}

function walk(bytes: Uint8Array): number {
  const messages = messagesOf(bytes);
  for (const message of messages) {
    const ack = decodeAck(message);
    if (ack !== null) expect(ack.errno).toBeGreaterThanOrEqual(0);
  }
  return messages.reduce((sum, message) => sum + decodeAll(message), 0);
}

describe("bytes of nf_tables", () => {
  it("are all understood as they are", () => {
    for (const sample of samples) expect(walk(sample)).toBeGreaterThan(0);
  });

  it("make no other failure than Malformed when some of them are others", () => {
    walkChanged(samples, walk);
  });

  it("of a key without bytes are Malformed", () => {
    const key = nested(1, attribute(1, new Uint8Array()));
    const list = nested(3, nested(1, key), nested(1, key, u32(3, 1)));
    const payload = Buffer.concat([Uint8Array.of(1, 0, 0, 0), list]);
    const found = elementsOf({ type: 0xa0c, flags: 0, sequence: 1, payload });
    expect(() => decodeElements(info(ranges), found ?? [])).toThrow(Malformed);
  });

  it("make none when they are anything", () => {
    const header = (type: number, flags: number, body: Uint8Array) => {
      const bytes = Buffer.alloc(16 + body.length);
      bytes.writeUInt32LE(bytes.length, 0);
      bytes.writeUInt16LE(type, 4);
      bytes.writeUInt16LE(flags, 6);
      bytes.set(body, 16);
      return bytes;
    };
    // NLMSG_ERROR and DONE, and the listings' answers.
    const types = fc.constantFrom(2, 3, 0xa00, 0xa03, 0xa06, 0xa09, 0xa0c);
    fc.assert(
      fc.property(
        types,
        fc.nat({ max: 0xffff }),
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(),
        (type, flags, body, offset) => {
          walk(header(type, flags, body));
          attributeAt(header(type, flags, body), offset % 256, 4);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("make no other failure when they are attributes of any kind, in any nesting", () => {
    const type = fc.integer({ min: 1, max: 12 });
    const leaf = fc.tuple(type, fc.uint8Array({ maxLength: 20 })).map(([of, bytes]) => attribute(of, bytes));
    // As elements lie: of a list, in an element, of its key or data.
    const level = (inner: fc.Arbitrary<Uint8Array>) =>
      fc
        .tuple(fc.oneof(type, fc.constantFrom(1, 3)), fc.array(inner, { maxLength: 4 }))
        .map(([of, children]) => nested(of, ...children));
    const tree = level(fc.oneof(leaf, level(fc.oneof(leaf, level(fc.oneof(leaf, level(leaf)))))));
    const types = fc.constantFrom(0xa00, 0xa03, 0xa06, 0xa09, 0xa0c);
    fc.assert(
      fc.property(types, fc.array(tree, { maxLength: 4 }), (of, trees) => {
        const body = Buffer.concat([Uint8Array.of(1, 0, 0, 0), ...trees]);
        decodeAll({ type: of, flags: 0, sequence: 1, payload: body });
      }),
      { numRuns: 3000 },
    );
  });
});
