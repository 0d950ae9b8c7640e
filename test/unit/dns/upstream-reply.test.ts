import { Packet } from "dns2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TYPE } from "../../../src/dns/query.ts";
import type { Resource } from "../../../src/dns/reply.ts";
import { isReplyTo, speaksOfOurZone } from "../../../src/dns/upstream-reply.ts";
import { asked, raw, wireName } from "./support/wire.ts";

const question = asked({ name: "www.example.com", id: 7 });

function reply(answers: Resource[], additionals: Resource[] = []): Buffer {
  const packet = new Packet();
  packet.header = new Packet.Header({ id: 7, qr: 1 });
  packet.questions = [new Packet.Question("www.example.com", TYPE.A, 1)];
  packet.answers = answers.map((each) => new Packet.Resource({ class: 1, ttl: 60, ...each }));
  packet.additionals = additionals.map((each) => new Packet.Resource({ class: 1, ttl: 60, ...each }));
  return packet.toBuffer();
}

const A = { name: "www.example.com", type: TYPE.A, address: "192.0.2.1" };
const speaks = (answers: Resource[], additionals: Resource[] = []) =>
  speaksOfOurZone(reply(answers, additionals), question.questionEnd);

describe("a resolver's reply", () => {
  it("has the id and the question that were sent", () => {
    const right = reply([A]);
    expect(isReplyTo(right, 7, question)).toBe(true);
    expect(isReplyTo(right, 8, question)).toBe(false);
    expect(isReplyTo(right, 7, asked({ name: "www.example.org" }))).toBe(false);
    expect(isReplyTo(right, 7, asked({ name: "www.example.com", type: TYPE.AAAA }))).toBe(false);
    expect(isReplyTo(question.bytes, 7, question)).toBe(false);
    expect(isReplyTo(right.subarray(0, 11), 7, question)).toBe(false);
    expect(isReplyTo(right.subarray(0, 20), 7, question)).toBe(false);
  });

  it("may write the question's letters as it likes", () => {
    const other = Buffer.from(reply([A]));
    other.write("WWW", 13, "latin1");
    expect(isReplyTo(other, 7, question)).toBe(true);
  });

  it("without a question is an error's, with nothing else", () => {
    const bare = raw([0, 0, 0, 0]);
    bare.writeUInt16BE(7, 0);
    bare.writeUInt16BE(0x8005, 2);
    expect(isReplyTo(bare, 7, question)).toBe(true);
    bare.writeUInt16BE(0x8000, 2);
    expect(isReplyTo(bare, 7, question)).toBe(false);
  });

  it("is passed on when it is about others", () => {
    expect(speaks([A])).toBe(false);
    expect(speaks([{ name: "www.example.com", type: TYPE.CNAME, domain: "vm.example.com" }, A])).toBe(false);
    expect(speaks([{ name: "www.example.com", type: TYPE.TXT, data: ["x.vm"] }])).toBe(false);
    expect(speaks([A], [Object.assign(Packet.Resource.EDNS([]), { name: "" })])).toBe(false);
  });

  it.each<[string, Resource]>([
    ["an address of a name of ours", { name: "web.vm", type: TYPE.A, address: "192.0.2.1" }],
    ["one in capitals", { name: "Web.VM", type: TYPE.A, address: "192.0.2.1" }],
    ["an alias that leads to us", { name: "www.example.com", type: TYPE.CNAME, domain: "web.vm" }],
    ["a pointer", { name: "1.2.0.192.in-addr.arpa", type: TYPE.PTR, domain: "web.vm" }],
    ["a mail server", { name: "www.example.com", type: TYPE.MX, priority: 1, exchange: "web.vm" }],
    [
      "a service",
      { name: "www.example.com", type: TYPE.SRV, priority: 1, weight: 1, port: 1, target: "web.vm" },
    ],
    ["a name server", { name: "example.com", type: TYPE.NS, ns: "web.vm" }],
  ])("is not taken with %s", (_, record) => {
    expect(speaks([record, A])).toBe(true);
    expect(speaks([A], [record])).toBe(true);
  });

  it.each<[string, Buffer]>([
    ["has records that are not there", raw([0, 9, 0, 0])],
    ["says that it has all that one can say", raw([0, 65_535, 65_535, 65_535])],
    [
      "has a name that points to itself",
      raw([0, 1, 0, 0], Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])),
    ],
    [
      "has a name that points forward",
      raw([0, 1, 0, 0], Buffer.from([0xc0, 14, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])),
    ],
    ["ends in a record", raw([0, 1, 0, 0], wireName("a"), Buffer.from([0, 1, 0, 1, 0, 0, 0, 0, 0, 9, 1]))],
    [
      "has an alias to nothing",
      raw([0, 1, 0, 0], wireName("a"), Buffer.from([0, 5, 0, 1, 0, 0, 0, 0, 0, 0])),
    ],
  ])("that %s is not taken", (_, bytes) => {
    expect(speaksOfOurZone(bytes, 12)).toBe(true);
  });

  it("is whatever bytes come: reading them never throws", () => {
    const whole = reply([A, { name: "www.example.com", type: TYPE.CNAME, domain: "a.example.com" }]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }),
        fc.nat(whole.length),
        (changes, length) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          const cut = bytes.subarray(0, length);
          if (isReplyTo(cut, 7, question))
            expect(typeof speaksOfOurZone(cut, question.questionEnd)).toBe("boolean");
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
