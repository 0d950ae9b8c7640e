import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NftExpression } from "../../../../../src/host/host-ops.ts";
import { decodeExpressions, encodeExpression } from "../../../../../src/host/shared/nft/expr/index.ts";

type Of<T extends NftExpression["type"]> = fc.Arbitrary<Extract<NftExpression, { type: T }>>;

const register = fc.nat({ max: 15 });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 });
const number = fc.nat({ max: 0xffff });
const count = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const name = fc.stringMatching(/^[A-Za-z0-9_./-]{1,40}$/);
const range = fc.tuple(register, register).map(([from, to]) => (from === to ? { from } : { from, to }));
/** As a listing gives them: in the order of their bits. */
const natFlags = fc
  .subarray(["random", "persistent", "fully-random"] as const, { minLength: 1 })
  .map((flags) => ({ flags }));
const maybe = <T extends object>(arbitrary: fc.Arbitrary<T>) => fc.oneof(fc.constant({}), arbitrary);
const port = maybe(range.map((of) => ({ port: of })));
const both = <A, B>(a: fc.Arbitrary<A>, b: fc.Arbitrary<B>) =>
  fc.tuple(a, b).map(([first, second]) => ({ ...first, ...second }));

const bitwise = bytes.chain((mask) =>
  fc.record({
    type: fc.constant("bitwise" as const),
    from: register,
    to: register,
    mask: fc.constant(mask),
    xor: fc.uint8Array({ minLength: mask.length, maxLength: mask.length }),
  }),
);
const nat = fc.oneof(
  fc.record({ address: range }),
  fc.record({ port: range }),
  fc.record({ address: range, port: range }),
);

const expression: fc.Arbitrary<NftExpression> = fc.oneof(
  bitwise,
  fc.record({
    type: fc.constant("payload" as const),
    base: fc.constantFrom("link" as const, "network" as const, "transport" as const),
    offset: number,
    length: number,
    to: register,
  }),
  fc.record({
    type: fc.constant("meta" as const),
    key: fc.constantFrom("iifname", "mark", "oifkind"),
    to: register,
  }) as Of<"meta">,
  fc.record({
    type: fc.constant("meta-set" as const),
    key: fc.constantFrom("mark", "priority", "nftrace"),
    from: register,
  }) as Of<"meta-set">,
  both(
    fc.record({
      type: fc.constant("ct" as const),
      key: fc.constantFrom("state", "src-ip6", "id"),
      to: register,
    }),
    maybe(fc.record({ direction: fc.constantFrom("original", "reply") })),
  ) as Of<"ct">,
  fc.record({
    type: fc.constant("ct-set" as const),
    key: fc.constantFrom("mark", "zone"),
    from: register,
  }) as Of<"ct-set">,
  both(
    fc.record({
      type: fc.constant("fib" as const),
      of: fc.subarray(["saddr", "daddr", "mark", "iif", "oif"]),
      result: fc.constantFrom("oif", "oifname", "type"),
      to: register,
    }),
    maybe(fc.constant({ present: true })),
  ) as Of<"fib">,
  fc.record({
    type: fc.constant("cmp" as const),
    from: register,
    op: fc.constantFrom("==", "!=", "<", "<=", ">", ">="),
    value: bytes,
  }) as Of<"cmp">,
  fc.record({
    type: fc.constant("range" as const),
    from: register,
    op: fc.constantFrom("==", "!="),
    low: bytes,
    high: bytes,
  }) as Of<"range">,
  fc.record({
    type: fc.constant("byteorder" as const),
    from: register,
    to: register,
    op: fc.constantFrom("ntoh", "hton"),
    length: number,
    size: number,
  }) as Of<"byteorder">,
  fc.record({ type: fc.constant("immediate" as const), to: register, value: bytes }),
  both(
    fc.record({ type: fc.constant("lookup" as const), set: name, from: register }),
    both(
      maybe(fc.constant({ negate: true })),
      maybe(fc.oneof(register, fc.constant("verdict")).map((to) => ({ to }))),
    ),
  ) as Of<"lookup">,
  both(
    fc.record({ type: fc.constantFrom("masquerade", "redirect") }),
    both(port, maybe(natFlags)),
  ) as Of<"redirect">,
  both(
    fc.record({ type: fc.constantFrom("snat", "dnat"), family: fc.constantFrom("ip", "ip6") }),
    both(nat, maybe(natFlags)),
  ) as Of<"snat">,
  fc.record({ type: fc.constant("counter" as const), packets: count, bytes: count }),
  both(
    fc.record({
      type: fc.constant("limit" as const),
      rate: count,
      per: fc.constantFrom("second", "minute", "hour", "day", "week"),
      of: fc.constantFrom("packets", "bytes"),
      burst: fc.nat(),
    }),
    maybe(fc.constant({ over: true })),
  ) as Of<"limit">,
  fc.record({
    type: fc.constant("reject" as const),
    with: fc.oneof(
      fc.constant({ kind: "tcp-reset" as const }),
      fc.record({ kind: fc.constant("icmp" as const), code: fc.nat({ max: 255 }) }),
      fc.record({
        kind: fc.constant("icmpx" as const),
        code: fc.constantFrom("no-route", "port-unreachable", "host-unreachable", "admin-prohibited"),
      }),
    ),
  }) as Of<"reject">,
  fc.record({
    type: fc.constant("verdict" as const),
    verdict: fc.oneof(
      fc.constantFrom("accept" as const, "drop" as const, "return" as const, "continue" as const),
      fc.record({ jump: name }),
      fc.record({ goto: name }),
    ),
  }),
);

describe("any expressions", () => {
  it("are read back as they were written, one after another", () => {
    fc.assert(
      fc.property(fc.array(expression, { maxLength: 6 }), (expressions) => {
        const list = Buffer.concat(expressions.map((each) => encodeExpression(each)));
        expect(list.length % 4).toBe(0);
        expect(decodeExpressions(list)).toEqual(expressions);
      }),
      { numRuns: 500 },
    );
  });
});
