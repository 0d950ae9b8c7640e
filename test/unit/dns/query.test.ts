import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { QUERY_MAX_BYTES, RCODE, readQuery, TYPE } from "../../../src/dns/query.ts";
import { asked, IN_A, query, raw, wireName } from "./support/wire.ts";

const OPT = Buffer.from([0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0]);

describe("a query", () => {
  it("is read, its name in lower case", () => {
    expect(asked({ name: "Web.VM", type: TYPE.AAAA, id: 7 })).toMatchObject({
      id: 7,
      labels: ["web", "vm"],
      type: TYPE.AAAA,
      class: 1,
      recursionDesired: true,
      edns: null,
    });
  });

  it("tells what its client says by EDNS", () => {
    const edns = { payload: 4096, version: 1, dnssecOk: true };
    expect(asked({ name: "web.vm", edns }).edns).toEqual(edns);
  });

  it("may be for the root", () => {
    expect(asked({ name: "", type: TYPE.NS }).labels).toEqual([]);
  });

  it("has bytes of any kind in its labels", () => {
    const read = readQuery(raw([1, 0, 0, 0], wireName("a.b", "\xff\x00", "vm"), IN_A));
    expect(read).toMatchObject({ kind: "query", query: { labels: ["a.b", "\xff\x00", "vm"] } });
  });

  it.each<[string, Buffer]>([
    ["two questions", raw([2, 0, 0, 0], wireName("web", "vm"), IN_A, wireName("web", "vm"), IN_A)],
    ["no question", raw([0, 0, 0, 0])],
    ["an answer", raw([1, 1, 0, 0], wireName("web", "vm"), IN_A)],
    ["an authority", raw([1, 0, 1, 0], wireName("web", "vm"), IN_A)],
    ["more additional records than it has", raw([1, 0, 0, 65_535], wireName("web", "vm"), IN_A)],
    ["one that is missing", raw([1, 0, 0, 1], wireName("web", "vm"), IN_A)],
    ["two OPT records", raw([1, 0, 0, 2], wireName("web", "vm"), IN_A, OPT, OPT)],
    ["an OPT with a name", raw([1, 0, 0, 1], wireName("web", "vm"), IN_A, wireName("x").subarray(0, 2), OPT)],
    ["an OPT that says more than it has", raw([1, 0, 0, 1], wireName("vm"), IN_A, OPT.fill(9, 10))],
    ["a name that points to itself", raw([1, 0, 0, 0], Buffer.from([0xc0, 12]), IN_A)],
    ["a label that goes past the end", raw([1, 0, 0, 0], Buffer.from([63, 1, 2, 3]))],
    ["a label of a kind that is none", raw([1, 0, 0, 0], Buffer.from([0x40, 1]), IN_A)],
    ["a name without an end", raw([1, 0, 0, 0], Buffer.from([3, 1, 2, 3]))],
    ["a name without a type", raw([1, 0, 0, 0], wireName("web", "vm"), Buffer.from([0, 1, 0]))],
    ["a name of 256 bytes", raw([1, 0, 0, 0], wireName(..."abcd".split("").map((c) => c.repeat(63))), IN_A)],
    ["more bytes than a query has", Buffer.concat([query({ name: "a.vm" }), Buffer.alloc(QUERY_MAX_BYTES)])],
  ])("with %s is malformed", (_, bytes) => {
    expect(readQuery(Buffer.from(bytes))).toEqual({ kind: "refused", rcode: RCODE.FORMERR });
  });

  it("of a name of 255 bytes is one", () => {
    const labels = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61)];
    expect(readQuery(raw([1, 0, 0, 0], wireName(...labels), IN_A)).kind).toBe("query");
  });

  it("that is another operation is none that we know", () => {
    const update = query({ name: "vm", type: TYPE.SOA });
    update.writeUInt16BE(5 << 11, 2);
    expect(readQuery(update)).toEqual({ kind: "refused", rcode: RCODE.NOTIMP });
  });

  it("is no reply, and no scrap: those get no answer at all", () => {
    const reply = query({ name: "web.vm" });
    reply.writeUInt16BE(0x8180, 2);
    expect(readQuery(reply)).toEqual({ kind: "ignored" });
    expect(readQuery(Buffer.alloc(11))).toEqual({ kind: "ignored" });
    expect(readQuery(Buffer.alloc(0))).toEqual({ kind: "ignored" });
  });

  it("is whatever bytes come: reading them never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        readQuery(Buffer.from(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is read or refused with any of its bytes changed", () => {
    const whole = query({ name: "some-name.vm", edns: { payload: 4096, dnssecOk: true } });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(whole.length),
        (changes, length) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          expect(["query", "refused", "ignored"]).toContain(readQuery(bytes.subarray(0, length)).kind);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
