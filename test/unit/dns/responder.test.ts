import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CLASS, RCODE, TYPE } from "../../../src/dns/query.ts";
import { Records } from "../../../src/dns/records.ts";
import { authoritativeReply } from "../../../src/dns/reply.ts";
import { type Asker, type GuestRules, responder } from "../../../src/dns/responder.ts";
import { Zone } from "../../../src/dns/zone.ts";
import { type Asked, asked, IN_A, parsed, query, raw, told, wireName } from "./support/wire.ts";

const records = new Records();
records.set("1", { name: "web", address: "172.30.0.2" });
const zone = new Zone(records, "172.30.0.0/16");
const HOST: Asker = { address: "127.0.0.1", transport: "udp" };
const GUEST: Asker = { address: "172.30.0.2", transport: "udp" };

const host = responder(zone, null);
const ask = (what: Asked, from: Asker = HOST) => host(query(what), from);

describe("the server for the host", () => {
  it("answers with the id, the question as it was written, and authority", async () => {
    const { header, questions, answers } = parsed(await ask({ name: "WeB.vM", id: 0xabcd }));
    expect(header).toMatchObject({ id: 0xabcd, qr: 1, aa: 1, rd: 1, ra: 0, tc: 0, rcode: 0 });
    expect(questions).toMatchObject([{ name: "WeB.vM", type: 1, class: 1 }]);
    expect(answers).toMatchObject([{ name: "WeB.vM", address: "172.30.0.2", ttl: 5 }]);
  });

  it.each<[string, Asked, string]>([
    ["an unknown name", { name: "gone.vm" }, "NXDOMAIN"],
    ["a known one's IPv6 address", { name: "web.vm", type: TYPE.AAAA }, "NOERROR"],
    ["a reverse name", { name: "2.0.30.172.in-addr.arpa", type: TYPE.PTR }, "NOERROR web.vm"],
    ["another zone", { name: "example.com" }, "REFUSED"],
    ["the root", { name: "", type: TYPE.NS }, "REFUSED"],
    ["a transfer", { name: "vm", type: TYPE.AXFR }, "REFUSED"],
    ["an incremental transfer", { name: "vm", type: TYPE.IXFR }, "REFUSED"],
    ["another class", { name: "version.bind", type: TYPE.TXT, class: CLASS.CH }, "REFUSED"],
    ["a name of ours in another class", { name: "web.vm", class: CLASS.CH }, "REFUSED"],
  ])("answers %s", async (_, what, expected) => {
    expect(told(await ask(what))).toBe(expected);
    expect(told(await ask({ ...what, edns: {} }))).toBe(expected);
  });

  it("speaks EDNS with who does, and of version 0 only", async () => {
    expect(parsed(await ask({ name: "web.vm" })).additionals).toEqual([]);
    const spoken = parsed(await ask({ name: "web.vm", edns: { payload: 65_535, dnssecOk: true } }));
    expect(spoken.additionals).toMatchObject([{ name: "", type: 41, class: 1232, version: 0, doFlag: true }]);
    const later = parsed(await ask({ name: "web.vm", edns: { version: 3 } }));
    expect(later.header.rcode).toBe(RCODE.BADVERS);
    expect([later.answers, later.additionals]).toMatchObject([[], [{ version: 0 }]]);
  });

  it("says of a malformed message that it is one, by a header alone", async () => {
    const reply = await host(raw([1, 0, 0, 0], Buffer.from([0xc0, 12]), IN_A), HOST);
    expect(reply?.length).toBe(12);
    expect(parsed(reply).header).toMatchObject({ id: 0x4242, qr: 1, rcode: RCODE.FORMERR, qdcount: 0 });
  });

  it("is not led astray by a dot inside of a label", async () => {
    const bytes = raw([1, 0, 0, 0], wireName("web.vm"), IN_A);
    expect((await host(bytes, HOST))?.readUInt16BE(2)).toBe(0x8100 | RCODE.REFUSED);
    const ours = raw([1, 0, 0, 0], wireName("a.web", "vm"), IN_A);
    const reply = await host(ours, HOST);
    expect(reply?.readUInt16BE(2)).toBe(0x8100 | RCODE.NXDOMAIN);
    expect(reply?.subarray(12)).toEqual(ours.subarray(12));
  });

  it("answers every name of any bytes, with its question as it came", async () => {
    const label = fc
      .uint8Array({ minLength: 1, maxLength: 63 })
      .map((bytes) => Buffer.from(bytes).toString("latin1"));
    await fc.assert(
      fc.asyncProperty(fc.array(label, { maxLength: 3 }), fc.boolean(), async (labels, inZone) => {
        const bytes = raw([1, 0, 0, 0], wireName(...labels, ...(inZone ? ["vm"] : [])), IN_A);
        const reply = await host(bytes, HOST);
        expect(reply?.subarray(12, bytes.length)).toEqual(bytes.subarray(12));
        expect(reply?.length).toBeLessThanOrEqual(512);
      }),
      { numRuns: 500 },
    );
  });

  it("is silent, or answers with a whole message, whatever comes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 700 }), async (bytes) => {
        const reply = await host(Buffer.from(bytes), HOST);
        if (reply !== null) expect(reply.readUInt16BE(2) & 0x8000).toBe(0x8000);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("the server for guests", () => {
  const known = authoritativeReply(
    asked({ name: "example.com" }),
    { rcode: 0, answers: [] },
    { recursive: true },
  );
  const rules = (over: Partial<GuestRules> = {}): GuestRules => ({
    forwarder: { forward: async () => known },
    mayAsk: (source) => source.startsWith("172.30."),
    mayResolve: () => true,
    budget: { take: () => true },
    ...over,
  });

  it("answers the same names, and offers recursion", async () => {
    const reply = parsed(await responder(zone, rules())(query({ name: "web.vm" }), GUEST));
    expect([reply.header.aa, reply.header.ra, reply.answers[0]?.address]).toEqual([1, 1, "172.30.0.2"]);
  });

  it("passes other names on, and never its own", async () => {
    const passed: string[] = [];
    const forward: GuestRules["forwarder"]["forward"] = async ({ labels }) => {
      passed.push(labels.join("."));
      return known;
    };
    const respond = responder(zone, rules({ forwarder: { forward } }));
    for (const name of [
      "example.com",
      "gone.vm",
      "a.web.vm",
      "vm",
      "9.0.30.172.in-addr.arpa",
      "4.4.8.8.in-addr.arpa",
    ])
      await respond(query({ name }), GUEST);
    expect(passed).toEqual(["example.com", "4.4.8.8.in-addr.arpa"]);
  });

  it("refuses other names to whom they are not allowed, and everything to strangers", async () => {
    const respond = responder(zone, rules({ mayResolve: (source) => source !== GUEST.address }));
    expect(told(await respond(query({ name: "example.com" }), GUEST))).toBe("REFUSED");
    expect(told(await respond(query({ name: "web.vm" }), GUEST))).toBe("NOERROR 172.30.0.2");
    const stranger: Asker = { address: "192.0.2.1", transport: "udp" };
    for (const name of ["example.com", "web.vm"])
      expect(told(await respond(query({ name }), stranger))).toBe("REFUSED");
  });

  it("does not even look at what is over a source's budget; strangers have one for all of them", async () => {
    const sources: string[] = [];
    const budget = { take: (source: string) => sources.push(source) < 3 };
    const respond = responder(zone, rules({ budget }));
    expect(told(await respond(query({ name: "web.vm" }), GUEST))).toBe("NOERROR 172.30.0.2");
    for (const address of ["192.0.2.1", "192.0.2.2"])
      await respond(query({ name: "web.vm" }), { address, transport: "udp" });
    expect(await respond(query({ name: "web.vm" }), GUEST)).toBeNull();
    expect(sources).toEqual([GUEST.address, "", "", GUEST.address]);
  });

  it("says that it could not, when no resolver answers", async () => {
    const respond = responder(zone, rules({ forwarder: { forward: async () => null } }));
    expect(told(await respond(query({ name: "example.com", edns: {} }), GUEST))).toBe("SERVFAIL");
  });

  it("cuts what is too large for a datagram to this client, and says so", async () => {
    const long = Buffer.concat([known, Buffer.alloc(1_000)]);
    const respond = responder(zone, rules({ forwarder: { forward: async () => long } }));
    const cut = await respond(query({ name: "example.com" }), GUEST);
    expect(parsed(cut).header).toMatchObject({ tc: 1, ancount: 0, qdcount: 1 });
    const larger = await respond(query({ name: "example.com", edns: { payload: 1232 } }), GUEST);
    expect(larger).toBe(long);
    expect(await respond(query({ name: "example.com" }), { ...GUEST, transport: "tcp" })).toBe(long);
  });
});
