import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { query, told } from "../../unit/dns/support/wire.ts";
import { framed, TcpClient, UdpClient } from "./support/clients.ts";

const QUERIES = 10_000;
/** Questions on their way at once: what a kernel's default buffers hold on each side. */
const WINDOW = 64;
const MIB = 2 ** 20;

let server: ChildProcess;
let where: { address: string; port: number };

async function start(...args: string[]): Promise<void> {
  const program = path.join(import.meta.dirname, "support/server.ts");
  server = fork(program, args, { execArgv: ["--expose-gc"] });
  const [port] = (await once(server, "message")) as [number];
  where = { address: "127.0.0.1", port };
}

afterEach(async () => {
  const ended = once(server, "exit");
  server.kill();
  await ended;
});

async function memory(): Promise<{ heapUsed: number; rss: number }> {
  server.send("measure");
  const [used] = (await once(server, "message")) as [{ heapUsed: number; rss: number }];
  return used;
}

/** So many questions, never more than WINDOW without an answer. Resolves to the ids that were answered, in their order. */
async function flood(count: number): Promise<number[]> {
  await using client = await UdpClient.open(where);
  const answered: number[] = [];
  let sent = 0;
  const next = () => {
    if (sent < count) client.send(query({ name: sent % 3 === 0 ? "gone.vm" : "web.vm", id: sent++ }));
  };
  await new Promise<void>((resolve) => {
    client.onMessage = (message) => {
      answered.push(message.readUInt16BE(0));
      if (answered.length === count) resolve();
      next();
    };
    for (let index = 0; index < WINDOW; index += 1) next();
  });
  return answered;
}

async function isAlive(): Promise<void> {
  expect(server.exitCode).toBeNull();
  await using client = await UdpClient.open(where);
  // What comes on top of a flood may be lost, as with any server.
  const again = setInterval(() => client.send(query({ name: "web.vm" })), 100);
  expect(told(await client.ask(query({ name: "web.vm" })))).toBe("NOERROR 172.30.0.2");
  clearInterval(again);
}

describe("10,000 questions (NET-4)", () => {
  beforeEach(() => start());

  it("are all answered, once each, and leave nothing in memory", async () => {
    // What is compiled and cached on the way is there after the first.
    await flood(QUERIES);
    const before = await memory();
    const answered = await flood(QUERIES);
    expect(new Set(answered).size).toBe(QUERIES);
    const after = await memory();
    expect(after.heapUsed - before.heapUsed).toBeLessThan(2 * MIB);
    expect(after.rss - before.rss).toBeLessThan(32 * MIB);
  });

  it("are all answered on 20 pipelined connections, time and again, and leave nothing either", async () => {
    const each = QUERIES / 20;
    const round = async () => expect(await pipelined(each)).toEqual(Array(20).fill(each));
    await expectFlat(round);
  });

  /** How many of so many questions were answered on each connection. */
  const pipelined = (each: number) =>
    Promise.all(
      Array.from({ length: 20 }, async () => {
        const client = await TcpClient.open(where);
        client.socket.write(
          Buffer.concat(Array.from({ length: each }, (_, id) => framed(query({ name: "web.vm", id })))),
        );
        const ids = (await client.until(each)).map((message) => message.readUInt16BE(0));
        client.socket.destroy();
        return new Set(ids).size;
      }),
    );
});

/** After a first round, three more leave nothing in the server's memory. */
async function expectFlat(round: () => Promise<void>): Promise<void> {
  await round();
  const before = await memory();
  for (let count = 0; count < 3; count += 1) await round();
  const after = await memory();
  expect(after.heapUsed - before.heapUsed).toBeLessThan(2 * MIB);
}

describe.each(["host", "guests"])("a client of the server for the %s that sends anything (NET-4)", (whom) => {
  beforeEach(() => start(whom));

  const whole = query({ name: "some-name.vm", edns: { payload: 4096, dnssecOk: true } });
  const elsewhere = query({ name: "www.example.com", edns: { payload: 4096 } });
  const changed = fc
    .tuple(
      fc.constantFrom(whole, elsewhere),
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(2 * whole.length),
    )
    .map(([from, changes, length]) => {
      const bytes = Buffer.from(from);
      for (const [at, value] of changes) bytes[at] = value;
      return bytes.subarray(0, length);
    });
  const anything = fc.oneof(
    changed,
    fc.uint8Array({ maxLength: 600 }),
    fc.constantFrom(0, 1, 12, 4095, 4097, 9_000, 60_000).map((size) => new Uint8Array(size)),
  );
  const messages = (count: number) => fc.sample(anything, count);

  it("by UDP neither ends the server nor stays in its memory", async () => {
    const round = async () => {
      await using client = await UdpClient.open(where);
      for (const [index, message] of messages(3_000).entries()) {
        client.send(message);
        if (index % 50 === 0) await new Promise(setImmediate);
      }
      await isAlive();
    };
    await expectFlat(round);
  });

  it("by TCP does so as little, whatever its frames say", async () => {
    const round = async () => {
      for (const message of messages(300)) {
        const client = await TcpClient.open(where);
        client.socket.write(
          Buffer.concat([framed(whole), message.length % 2 === 0 ? framed(message) : message]),
        );
        client.socket.end();
        await client.ended;
      }
      await isAlive();
    };
    await expectFlat(round);
  });
});
