import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsed, query, told } from "../../unit/dns/support/wire.ts";
import { framed, TcpClient, UdpClient } from "./support/clients.ts";
import { hostServer } from "./support/place.ts";

let server: Awaited<ReturnType<typeof hostServer>>;
beforeAll(async () => {
  server = await hostServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const connect = () => TcpClient.open(server.listener);
const ask = (id: number, name = "web.vm") => framed(query({ name, id }));

describe("DNS over TCP (NET-4)", () => {
  it("answers many questions on one connection, sent at once, each once", async () => {
    const client = await connect();
    const ids = Array.from({ length: 500 }, (_, index) => index);
    client.socket.write(Buffer.concat(ids.map((id) => ask(id, id % 2 === 0 ? "web.vm" : "gone.vm"))));
    const replies = (await client.until(ids.length)).map(parsed);
    expect(replies.map(({ header }) => header.id).toSorted((a, b) => a - b)).toEqual(ids);
    for (const { header } of replies) expect(header.rcode).toBe(header.id % 2 === 0 ? 0 : 3);
    client.socket.destroy();
  });

  it("takes them byte by byte", async () => {
    const client = await connect();
    client.socket.setNoDelay(true);
    for (const byte of Buffer.concat([ask(1), ask(2)])) {
      client.socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    expect((await client.until(2)).map((each) => told(each))).toEqual(Array(2).fill("NOERROR 172.30.0.2"));
    client.socket.destroy();
  });

  it("answers what was asked before the client's end, and ends then", async () => {
    const client = await connect();
    client.socket.end(Buffer.concat([ask(1), ask(2), ask(3)]));
    await client.ended;
    expect(client.messages).toHaveLength(3);
  });

  it("goes on after a malformed question", async () => {
    const client = await connect();
    const twisted = query({ name: "web.vm", id: 7 });
    twisted[12] = 0xc0;
    client.socket.write(Buffer.concat([framed(twisted), ask(8)]));
    const [first, second] = await client.until(2);
    expect([told(first ?? null), told(second ?? null)]).toEqual(["FORMERR", "NOERROR 172.30.0.2"]);
    client.socket.destroy();
  });

  it.each<[string, Buffer]>([
    ["a message too short for a header", framed(Buffer.alloc(11))],
    ["an empty message", framed(Buffer.alloc(0))],
    ["a message of 64 KiB", Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(100)])],
    ["a reply", framed(Buffer.from(query({ name: "web.vm" })).fill(0x80, 2, 3))],
    ["another protocol", Buffer.from("GET / HTTP/1.1\r\nHost: web.vm\r\n\r\n")],
  ])("ends a connection that sends %s", async (_, bytes) => {
    const client = await connect();
    client.socket.write(bytes);
    await client.ended;
    expect(client.messages).toEqual([]);
    await using again = await UdpClient.open(server.listener);
    expect(told(await again.ask(query({ name: "web.vm" })))).toBe("NOERROR 172.30.0.2");
  });
});

describe("bounds of TCP", () => {
  it("a client that sends nothing, or never a whole question, is let go", async () => {
    await using own = await hostServer({ tcp: { idleMs: 50 } });
    const silent = await TcpClient.open(own.listener);
    await silent.ended;
    const slow = await TcpClient.open(own.listener);
    const drip = setInterval(() => slow.socket.write(Buffer.from([0])), 5);
    slow.socket.write(Buffer.from([15]));
    await slow.ended;
    clearInterval(drip);
    expect(slow.messages).toEqual([]);
  });

  it("more connections than there may be are not taken, and room that is free again is", async () => {
    await using own = await hostServer({ tcp: { connections: 3, connectionsPerSource: 3 } });
    const first = await Promise.all([1, 2, 3].map(() => TcpClient.open(own.listener)));
    for (const each of first) each.socket.write(ask(1));
    for (const each of first) await each.until(1);
    const fourth = await TcpClient.open(own.listener);
    await fourth.ended;
    first[0]?.socket.destroy();
    await first[0]?.ended;
    for (;;) {
      const fifth = await TcpClient.open(own.listener);
      fifth.socket.write(ask(5));
      const answered = await fifth.until(1).then(
        () => true,
        () => false,
      );
      fifth.socket.destroy();
      if (answered) break;
    }
    for (const each of first) each.socket.destroy();
  });

  it("one client does not take all of them", async () => {
    await using own = await hostServer({ tcp: { connections: 10, connectionsPerSource: 1 } });
    const first = await TcpClient.open(own.listener);
    first.socket.write(ask(1));
    await first.until(1);
    await (await TcpClient.open(own.listener)).ended;
    first.socket.write(ask(2));
    await first.until(2);
    first.socket.destroy();
  });

  it("a client that does not read its answers is not read either", async () => {
    const QUESTIONS = 100_000;
    let answered = 0;
    const respond = async () => {
      answered += 1;
      return Buffer.alloc(4_000);
    };
    await using own = await hostServer({ respond, tcp: { pipelined: 4, idleMs: 1_000 } });
    const greedy = await TcpClient.open(own.listener);
    greedy.socket.pause();
    greedy.socket.write(Buffer.concat(Array(QUESTIONS).fill(ask(1))));
    for (let before = -1; before !== answered || answered === 0; ) {
      before = answered;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    // What both ends' buffers hold, of 400 MB.
    expect(answered).toBeLessThan(QUESTIONS / 2);
    greedy.socket.resume();
    await greedy.ended;
  });

  it("closing ends open connections", async () => {
    const own = await hostServer();
    const client = await TcpClient.open(own.listener);
    client.socket.write(ask(1));
    await client.until(1);
    await own[Symbol.asyncDispose]();
    await client.ended;
    await expect(TcpClient.open(own.listener)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
