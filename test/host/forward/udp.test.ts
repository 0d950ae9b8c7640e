import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { Bench, GUEST, udpSocket, until } from "./support.ts";

/** A "guest" that answers each datagram with where it came from. */
async function echo(bench: Bench) {
  const guest = await udpSocket(bench, GUEST);
  guest.on("message", (data, { port, address }) => {
    guest.send(`${data} from ${address}:${port}`, port, address);
  });
  return guest;
}

async function ask(client: Awaited<ReturnType<typeof udpSocket>>, port: number, text: string) {
  client.send(text, port, "127.0.0.1");
  const [data] = (await once(client, "message")) as [Buffer];
  return String(data);
}

describe("a published UDP port (NET-6)", () => {
  it("brings each client its own answers, by one address of the guest's peer for each", async () => {
    await using bench = new Bench();
    const guest = await echo(bench);
    const [port = 0] = await bench.publish({ protocol: "udp", guestPort: guest.address().port });
    const clients = await Promise.all([1, 2, 3].map(() => udpSocket(bench, "127.0.0.1")));
    const answers = await Promise.all(clients.map((client, index) => ask(client, port, `q${index}`)));
    expect(answers.map((text) => text.slice(0, 2))).toEqual(["q0", "q1", "q2"]);
    const sources = answers.map((text) => text.split(" from ")[1]);
    expect(new Set(sources).size).toBe(3);
    expect((await ask(clients[0] as never, port, "again")).split(" from ")[1]).toBe(sources[0]);
  });

  it("keeps datagrams apart, the largest and empty ones too", async () => {
    await using bench = new Bench();
    const guest = await udpSocket(bench, GUEST);
    const sizes: number[] = [];
    guest.on("message", (data) => void sizes.push(data.length));
    const [port = 0] = await bench.publish({ protocol: "udp", guestPort: guest.address().port });
    const client = await udpSocket(bench, "127.0.0.1");
    for (const size of [0, 1, 1400, 65_507]) client.send(Buffer.alloc(size), port, "127.0.0.1");
    await until(() => sizes.length === 4);
    expect(sizes).toEqual([0, 1, 1400, 65_507]);
  });

  it("forgets clients that are idle, and the one that was idle longest when there are too many", async () => {
    await using bench = new Bench({ perPort: 2, udpIdleMs: 40 });
    const guest = await echo(bench);
    const [port = 0] = await bench.publish({ protocol: "udp", guestPort: guest.address().port });
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => udpSocket(bench, "127.0.0.1")));
    if (a === undefined || b === undefined || c === undefined) throw new Error("no clients");
    const sourceOf = async (client: typeof a) => (await ask(client, port, "?")).split(" from ")[1];
    const first = await sourceOf(a);
    const second = await sourceOf(b);
    expect(await sourceOf(a)).toBe(first);
    await sourceOf(c);
    // b made room for c; a was used after it.
    expect(await sourceOf(a)).toBe(first);
    expect(await sourceOf(b)).not.toBe(second);
    const before = await sourceOf(a);
    bench.now += 1000;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await sourceOf(a)).not.toBe(before);
  });

  it("outlives a guest that does not listen yet", async () => {
    await using bench = new Bench();
    const closed = await udpSocket(bench, GUEST);
    const guestPort = closed.address().port;
    const [port = 0] = await bench.publish({ protocol: "udp", guestPort });
    const client = await udpSocket(bench, "127.0.0.1");
    // ICMP says that nobody is there: a second one meets the error of the first.
    const [nobody = 0] = await bench.publish(
      { protocol: "udp", guestPort },
      { protocol: "udp", guestPort: 9 },
    );
    for (let index = 0; index < 5; index += 1) client.send("?", nobody, "127.0.0.1");
    closed.on("message", (data, from) => closed.send(data, from.port, from.address));
    const [now = 0] = await bench.publish({ protocol: "udp", guestPort });
    expect(await ask(client, now, "hello")).toBe("hello");
    expect(port).toBeGreaterThan(0);
  });
});
