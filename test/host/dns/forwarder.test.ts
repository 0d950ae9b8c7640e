import dgram from "node:dgram";
import { once } from "node:events";
import { Packet } from "dns2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Forwarder, type ForwarderOptions } from "../../../src/dns/forwarder.ts";
import { TYPE } from "../../../src/dns/query.ts";
import type { Resource } from "../../../src/dns/reply.ts";
import type { Asker } from "../../../src/dns/responder.ts";
import { silentLogger } from "../../../src/shared/logger.ts";
import { asked, told } from "../../unit/dns/support/wire.ts";
import { type Heard, Upstream } from "./support/upstream.ts";

const GUEST: Asker = { address: "172.30.0.2", transport: "udp" };
const QUESTION = asked({ name: "www.Example.com", id: 0x4242, edns: { payload: 4096, dnssecOk: true } });
/** Longer than any test waits for anything. */
const NEVER_MS = 3_600_000;

let upstream: Upstream;
let forwarder: Forwarder;
beforeEach(async () => {
  upstream = await Upstream.open();
  upstream.onQuestion = (heard) => heard.reply(answerTo(heard));
});
afterEach(async () => {
  forwarder.close();
  await upstream[Symbol.asyncDispose]();
});

function open(over: Partial<ForwarderOptions> = {}): Forwarder {
  const servers = async () => [upstream.server];
  forwarder = new Forwarder({ servers, logger: silentLogger, timeoutMs: NEVER_MS, ...over });
  return forwarder;
}

/** The reply of an honest resolver, or of one that is changed a little. */
function answerTo({ message }: Heard, records: Resource[] = [], header: object = {}): Buffer {
  const packet = Packet.parse(message);
  packet.header = new Packet.Header({ ...packet.header, qr: 1, ra: 1, ...header });
  const own = { name: packet.questions[0]?.name ?? "", type: TYPE.A, address: "192.0.2.9" };
  packet.answers = (records.length > 0 ? records : [own]).map(
    (each) => new Packet.Resource({ class: 1, ttl: 60, ...each }),
  );
  packet.additionals = [];
  return packet.toBuffer();
}

describe.each(["udp", "tcp"] as const)("a guest's question that came by %s (NET-4)", (transport) => {
  const from: Asker = { ...GUEST, transport };

  it("goes on as it is, but for its id, and the reply comes back under the guest's own", async () => {
    const reply = await open().forward(QUESTION, from);
    const [heard] = upstream.heard;
    expect(heard?.transport).toBe(transport);
    expect(heard?.message.subarray(2)).toEqual(QUESTION.bytes.subarray(2));
    expect(reply?.readUInt16BE(0)).toBe(0x4242);
    expect(told(reply)).toBe("NOERROR 192.0.2.9");
  });

  it("goes under an id and from a port that are new each time", async () => {
    const own = open();
    for (let count = 0; count < 30; count += 1) await own.forward(QUESTION, from);
    const ids = new Set(upstream.heard.map(({ message }) => message.readUInt16BE(0)));
    const ports = new Set(upstream.heard.map(({ port }) => port));
    expect(ids.size).toBeGreaterThan(25);
    expect(ports.size).toBeGreaterThan(25);
  });

  it("goes to the next resolver when the first does not answer", async () => {
    const deaf = await Upstream.open();
    const own = open({ servers: async () => [deaf.server, upstream.server], timeoutMs: 200 });
    expect(told(await own.forward(QUESTION, from))).toBe("NOERROR 192.0.2.9");
    own.close();
    await deaf[Symbol.asyncDispose]();
  });

  it("goes to the next when nobody listens at the first", async () => {
    const gone = await Upstream.open();
    const { server } = gone;
    await gone[Symbol.asyncDispose]();
    const own = open({ servers: async () => [server, upstream.server] });
    expect(told(await own.forward(QUESTION, from))).toBe("NOERROR 192.0.2.9");
  });

  it("gets nothing where there is no resolver", async () => {
    expect(await open({ servers: async () => [] }).forward(QUESTION, from)).toBeNull();
  });

  it.each<[string, Resource]>([
    ["a record of our zone", { name: "web.vm", type: TYPE.A, address: "192.0.2.9" }],
    ["an alias into it", { name: "www.Example.com", type: TYPE.CNAME, domain: "web.VM" }],
  ])("gets no reply that has %s", async (_, record) => {
    upstream.onQuestion = (heard) => heard.reply(answerTo(heard, [record]));
    expect(await open().forward(QUESTION, from)).toBeNull();
  });

  it("is given up when the server closes", async () => {
    const own = open();
    const asked = Promise.withResolvers<void>();
    upstream.onQuestion = () => asked.resolve();
    const reply = own.forward(QUESTION, from);
    await asked.promise;
    own.close();
    expect(await reply).toBeNull();
    expect(await own.forward(QUESTION, from)).toBeNull();
  });

  it("is one of a bounded number, for each guest and for all", async () => {
    const own = open({ inFlight: { total: 3, perSource: 2 } });
    upstream.onQuestion = () => undefined;
    const others: Asker = { ...from, address: "172.30.0.3" };
    const waiting = [own.forward(QUESTION, from), own.forward(QUESTION, from)];
    expect(await own.forward(QUESTION, from)).toBeNull();
    waiting.push(own.forward(QUESTION, others));
    expect(await own.forward(QUESTION, others)).toBeNull();
    while (upstream.heard.length < 3) await new Promise(setImmediate);
    for (const heard of upstream.heard) heard.reply(answerTo(heard));
    expect((await Promise.all(waiting)).map((each) => told(each))).toEqual(
      Array(3).fill("NOERROR 192.0.2.9"),
    );
    upstream.onQuestion = (heard) => heard.reply(answerTo(heard));
    expect(told(await own.forward(QUESTION, from))).toBe("NOERROR 192.0.2.9");
  });
});

describe("forged replies (RFC 5452)", () => {
  it("are passed over until the right one comes", async () => {
    upstream.onQuestion = (heard) => {
      const right = answerTo(heard);
      const otherId = Buffer.from(right);
      otherId.writeUInt16BE((right.readUInt16BE(0) + 1) & 0xffff, 0);
      const otherName = Buffer.from(right);
      otherName.write("xxx", 13);
      const noReply = Buffer.from(right);
      noReply.writeUInt16BE(0x0100, 2);
      const bad = { name: "www.Example.com", type: TYPE.A, address: "198.51.100.66" };
      const forged = answerTo(heard, [bad]);
      forged.writeUInt16BE((right.readUInt16BE(0) + 7) & 0xffff, 0);
      for (const each of [Buffer.alloc(0), Buffer.alloc(5), otherId, otherName, noReply, forged, right])
        heard.reply(each);
    };
    expect(told(await open().forward(QUESTION, GUEST))).toBe("NOERROR 192.0.2.9");
  });

  it("from elsewhere do not even come in, though they have all that is asked for", async () => {
    const stranger = dgram.createSocket("udp4").bind(0, "127.0.0.2");
    await once(stranger, "listening");
    upstream.onQuestion = (heard) => {
      const forged = answerTo(heard, [{ name: "www.Example.com", type: TYPE.A, address: "198.51.100.66" }]);
      stranger.send(forged, heard.port, "127.0.0.1", () => heard.reply(answerTo(heard)));
    };
    expect(told(await open().forward(QUESTION, GUEST))).toBe("NOERROR 192.0.2.9");
    stranger.close();
  });

  it("by TCP are the end of it", async () => {
    upstream.onQuestion = (heard) => {
      const other = answerTo(heard);
      other.writeUInt16BE((other.readUInt16BE(0) + 1) & 0xffff, 0);
      heard.reply(other);
    };
    expect(await open().forward(QUESTION, { ...GUEST, transport: "tcp" })).toBeNull();
  });
});

describe("a reply that a datagram does not hold", () => {
  it("tells the guest so, even when it ends in the midst of a record", async () => {
    upstream.onQuestion = (heard) => heard.reply(answerTo(heard, [], { tc: 1 }).subarray(0, 55));
    const reply = await open().forward(QUESTION, GUEST);
    expect(reply?.readUInt16BE(2)).toBe(0x8380);
    expect(reply?.readUInt16BE(6)).toBe(0);
  });

  it("comes whole by TCP", async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({
      name: "www.Example.com",
      type: TYPE.A,
      address: `192.0.2.${index % 250}`,
    }));
    upstream.onQuestion = (heard) => heard.reply(answerTo(heard, many));
    const reply = await open().forward(QUESTION, { ...GUEST, transport: "tcp" });
    expect(Packet.parse(reply as Buffer).answers).toHaveLength(1_000);
  });
});
