import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NftExpression } from "../../../../../src/host/host-ops.ts";
import {
  decodeExpressions,
  encodeExpression,
  kernelNames,
} from "../../../../../src/host/shared/nft/expr/index.ts";
import { joined } from "../../../../../src/shared/nft/bytes.ts";

const register = fc.integer({ min: 0, max: 15 });
const bytes = (min = 1, max = 16) => fc.uint8Array({ minLength: min, maxLength: max });
const number = fc.nat({ max: 2 ** 31 });
const name = fc.stringMatching(/^[a-z]{1,12}$/);
const flag = <T>(key: string, value: T) => fc.constantFrom({}, { [key]: value });
const oneOf = <T extends string>(...words: T[]) => fc.constantFrom(...words);
const range = fc.tuple(register, register).map(([from, to]) => (from === to ? { from } : { from, to }));
const some = <T>(key: string, value: fc.Arbitrary<T>) =>
  fc.oneof(
    fc.constant({}),
    value.map((one) => ({ [key]: one })),
  );
const natFlags = some("flags", fc.constantFrom(["random"], ["persistent"], ["random", "fully-random"]));
const merged = (type: string, ...parts: fc.Arbitrary<object>[]) =>
  fc.tuple(...parts).map((all) => Object.assign({ type }, ...all) as NftExpression);
const of = (shape: Record<string, fc.Arbitrary<unknown>>) => fc.record(shape) as fc.Arbitrary<object>;

const EACH: Record<string, fc.Arbitrary<NftExpression>> = {
  payload: merged(
    "payload",
    of({ base: oneOf("link", "network", "transport"), offset: number, length: number, to: register }),
  ),
  meta: merged(
    "meta",
    of({
      key: oneOf("length", "mark", "iif", "oifname", "nfproto", "l4proto", "cgroup", "oifkind"),
      to: register,
    }),
  ),
  "meta-set": merged("meta-set", of({ key: oneOf("mark", "priority", "nftrace"), from: register })),
  ct: merged(
    "ct",
    of({ key: oneOf("state", "mark", "proto-dst", "src-ip6", "id"), to: register }),
    some("direction", oneOf("original", "reply")),
  ),
  "ct-set": merged("ct-set", of({ key: oneOf("mark", "zone"), from: register })),
  fib: merged(
    "fib",
    of({
      of: fc.constantFrom(["saddr"], ["daddr", "oif"]),
      result: oneOf("oif", "oifname", "type"),
      to: register,
    }),
    flag("present", true),
  ),
  cmp: merged("cmp", of({ from: register, op: oneOf("==", "!=", "<", "<=", ">", ">="), value: bytes() })),
  range: merged("range", of({ from: register, op: oneOf("==", "!="), low: bytes(), high: bytes() })),
  bitwise: bytes().chain((mask) =>
    merged(
      "bitwise",
      of({ from: register, to: register, mask: fc.constant(mask), xor: bytes(mask.length, mask.length) }),
    ),
  ),
  byteorder: merged(
    "byteorder",
    of({ from: register, to: register, op: oneOf("ntoh", "hton"), length: number, size: number }),
  ),
  connlimit: merged("connlimit", of({ count: number }), flag("over", true)),
  dynset: merged(
    "dynset",
    of({ op: oneOf("add", "update", "delete"), set: fc.constant("s"), from: register }),
    some("data", register),
    some("timeoutMs", fc.bigInt({ min: 1n, max: 2n ** 64n - 1n })),
    some("state", merged("connlimit", of({ count: number }), flag("over", true))),
  ),
  immediate: merged("immediate", of({ to: register, value: bytes(1, 64) })),
  lookup: merged(
    "lookup",
    of({ set: name, from: register }),
    flag("negate", true),
    some<unknown>("to", fc.oneof(register, fc.constant("verdict"))),
  ),
  masquerade: merged("masquerade", natFlags, some("port", range)),
  snat: merged("snat", of({ family: oneOf("ip", "ip6"), address: range }), some("port", range), natFlags),
  dnat: merged("dnat", of({ family: oneOf("ip", "ip6"), port: range }), some("address", range), natFlags),
  redirect: merged("redirect", some("port", range), natFlags),
  counter: merged(
    "counter",
    of({
      packets: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      bytes: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    }),
  ),
  limit: merged(
    "limit",
    of({
      rate: fc.bigInt({ min: 1n, max: 2n ** 63n }),
      per: oneOf("second", "minute", "hour", "day", "week"),
      of: oneOf("packets", "bytes"),
      burst: number,
    }),
    flag("over", true),
  ),
  reject: merged(
    "reject",
    of({
      with: fc.oneof(
        fc.constant({ kind: "tcp-reset" }),
        of({ kind: fc.constant("icmp"), code: fc.integer({ min: 0, max: 255 }) }),
        of({
          kind: fc.constant("icmpx"),
          code: oneOf("no-route", "port-unreachable", "host-unreachable", "admin-prohibited"),
        }),
      ),
    }),
  ),
  verdict: merged(
    "verdict",
    of({
      verdict: fc.oneof(
        oneOf("accept", "drop", "return", "continue"),
        of({ jump: name }),
        of({ goto: name }),
      ),
    }),
  ),
};

describe("expressions", () => {
  it.each(Object.entries(EACH))("%s comes back as it went", (type, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, arbitrary, (one, two) => {
        expect(one.type).toBe(type);
        expect(decodeExpressions(joined([encodeExpression(one), encodeExpression(two)]))).toEqual([one, two]);
      }),
    );
  });

  it("are all there", () => {
    expect(new Set(Object.keys(EACH))).toHaveLength(22);
    expect(kernelNames({ type: "redirect" })).toEqual(["redir"]);
    const state = { type: "connlimit", count: 1 } as const;
    expect(kernelNames({ type: "dynset", op: "add", set: "s", from: 0, state })).toEqual([
      "dynset",
      "connlimit",
    ]);
  });

  it("that are not known, or not whole, are told as they are", () => {
    const [unknown] = decodeExpressions(
      Buffer.from("1800018008000100717561000c00028008000100000000ff", "hex"),
    );
    expect(unknown).toEqual({
      type: "unknown",
      name: "qua",
      data: Uint8Array.from(Buffer.from("08000100000000ff", "hex")),
    });
    const whole = encodeExpression({ type: "payload", base: "link", offset: 0, length: 6, to: 0 });
    const short = whole.slice(0, whole.length - 8);
    short[0] = short.length;
    expect(decodeExpressions(short)[0]).toMatchObject({ type: "unknown", name: "payload" });
  });

  it("that cannot be are refused: ERR_HOST_INVALID", () => {
    const bad = [
      { type: "meta", key: "nothing", to: 0 },
      { type: "meta", key: "mark", to: -1 },
      { type: "meta-set", key: "iif", from: 0 },
      { type: "cmp", from: 0, op: "~", value: Uint8Array.of(1) },
      { type: "cmp", from: 0, op: "==", value: new Uint8Array() },
      { type: "bitwise", from: 0, to: 0, mask: Uint8Array.of(1), xor: Uint8Array.of(1, 2) },
      { type: "fib", of: ["route"], result: "oif", to: 0 },
      { type: "snat", family: "ip" },
      { type: "redirect", flags: ["sometimes"] },
      { type: "unknown", name: "x", data: new Uint8Array() },
    ] as unknown as NftExpression[];
    for (const one of bad)
      expect(() => encodeExpression(one)).toThrow(expect.objectContaining({ code: "ERR_HOST_INVALID" }));
  });
});
