import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NftElement, NftElementInfo, NftSet, NftSetInfo } from "../../../../../src/host/host-ops.ts";
import { changeElements, keyRange } from "../../../../../src/host/shared/nft/element.ts";
import { decodeElements, elementsOf } from "../../../../../src/host/shared/nft/element-decode.ts";
import { encodeRequest, messagesOf } from "../../../../../src/host/shared/nft/message.ts";
import { compareBytes } from "../../../../../src/shared/nft/bytes.ts";

const table = { family: "inet", name: "t" } as const;

/** Written as for the kernel, in as many messages as it takes, and read as a listing of it. */
function throughKernel(set: NftSet, elements: readonly NftElement[]): NftElementInfo[] {
  const info: NftSetInfo = {
    ...{ table, name: set.name, handle: 1n, key: set.key, data: set.data ?? null },
    ...{ interval: set.interval ?? false, timeout: true, defaultTimeoutMs: null, dynamic: false },
    ...{ constant: false, counter: false, size: null, anonymous: false },
  };
  const requests = changeElements(set, elements, "add");
  const messages = requests.flatMap((request) => messagesOf(encodeRequest(request, 1)));
  expect(messages).toHaveLength(requests.length);
  return decodeElements(
    info,
    messages.flatMap((message) => elementsOf(message) ?? []),
  );
}

/** The same keys, however they are written, in the order of their bytes. */
function keysOf(set: NftSet, elements: readonly NftElement[]) {
  return elements.map(({ key }) => keyRange(set, key)).sort((a, b) => compareBytes(a.from, b.from));
}

const ipv4 = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
const address = fc.nat({ max: 2 ** 32 - 1 }).map(ipv4);
const portRange = fc
  .tuple(fc.nat({ max: 65_535 }), fc.nat({ max: 65_535 }))
  .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));
const prefix = fc.tuple(address, fc.nat({ max: 32 })).map(([base, length]) => `${base}/${length}`);

describe("any elements", () => {
  it("of a concatenation keep key, data, time and comment", () => {
    const set: NftSet = {
      table,
      name: "s",
      key: ["ifname", "ipv4_addr"],
      data: ["ipv4_addr", "inet_service"],
    };
    const element = fc.record(
      {
        key: fc.tuple(fc.stringMatching(/^[a-z0-9]{1,15}$/), address),
        data: fc.tuple(address, fc.nat({ max: 65_535 })),
        timeoutMs: fc.bigInt({ min: 0n, max: 2n ** 63n }),
        comment: fc.stringMatching(/^[ -~]{1,60}$/),
      },
      { requiredKeys: ["key", "data"] },
    );
    const all = fc.uniqueArray(element, { selector: ({ key }) => key.join(), maxLength: 20 });
    fc.assert(
      fc.property(all, (elements) => {
        const found = throughKernel(set, elements);
        expect(new Set(found)).toEqual(new Set(elements));
      }),
    );
  });

  it("of an interval keep their ends, also where one begins where another ends", () => {
    const set: NftSet = { table, name: "r", key: ["ipv4_addr"], interval: true };
    const cuts = fc.uniqueArray(fc.nat({ max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(cuts, fc.boolean(), (numbers, adjacent) => {
        const sorted = [...numbers].sort((a, b) => a - b);
        const ranges = sorted.flatMap((from, i): NftElement[] => {
          const end = sorted[i + 1];
          if (adjacent) return [{ key: [{ from: ipv4(from), to: ipv4((end ?? 2 ** 32) - 1) }] }];
          return i % 2 === 1 ? [] : [{ key: [{ from: ipv4(from), to: ipv4(end ?? from) }] }];
        });
        expect(keysOf(set, throughKernel(set, ranges))).toEqual(keysOf(set, ranges));
      }),
    );
  });

  it("of a concatenation of intervals keep the ends of each part", () => {
    const set: NftSet = { table, name: "c", key: ["ipv4_addr", "inet_service"], interval: true };
    const element = fc.record({ key: fc.tuple(prefix, portRange) });
    fc.assert(
      fc.property(fc.array(element, { maxLength: 10 }), (elements) => {
        expect(keysOf(set, throughKernel(set, elements))).toEqual(keysOf(set, elements));
      }),
    );
  });

  it("that are very many go in several messages, none of them lost", () => {
    const set: NftSet = { table, name: "m", key: ["ipv4_addr"] };
    const elements = Array.from({ length: 5_000 }, (_, i) => ({ key: [ipv4(i)] }));
    expect(throughKernel(set, elements)).toHaveLength(5_000);
  });
});
