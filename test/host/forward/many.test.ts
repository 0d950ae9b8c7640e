import { once } from "node:events";
import { expect, it } from "vitest";
import { Bench, connect, until } from "./support.ts";

const MIB = 2 ** 20;

it("carries thousands of connections at once and after one another; memory comes back (NET-6)", async () => {
  await using bench = new Bench({ perPort: 3000, total: 3000 });
  const guestPort = await bench.serve((socket) => void socket.pipe(socket));
  const [port = 0] = await bench.publish({ guestPort });
  const round = async (count: number) => {
    const clients = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const client = connect(port);
        client.write(`${index}`);
        const [data] = (await once(client, "data")) as [Buffer];
        expect(String(data)).toBe(`${index}`);
        return client;
      }),
    );
    const ended = clients.map((client) => once(client, "close"));
    // Every third one goes without a word.
    for (const [index, client] of clients.entries()) {
      if (index % 3 === 0) client.resetAndDestroy();
      else client.end();
    }
    await Promise.all(ended);
  };
  await round(2000);
  const heap = () => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  await round(2000);
  const before = heap();
  for (let each = 0; each < 4; each += 1) await round(2000);
  // Client, forwarder and server are this one process: what 8,000 connections left would be seen.
  await until(() => heap() - before < 32 * MIB);
});

it("holds little for clients that never read and guests that never stop", async () => {
  await using bench = new Bench();
  const guestPort = await bench.serve((socket) => {
    const chunk = Buffer.alloc(65_536, 1);
    const more = () => {
      while (!socket.destroyed && socket.write(chunk)) {}
    };
    socket.on("drain", more);
    more();
  });
  const [port = 0] = await bench.publish({ guestPort });
  const clients = Array.from({ length: 200 }, () => connect(port).pause());
  await Promise.all(clients.map((client) => once(client, "connect")));
  let seen = -1;
  const held = () => process.memoryUsage().external + process.memoryUsage().arrayBuffers;
  // Until nothing moves any more.
  while (Math.abs(held() - seen) > MIB) {
    seen = held();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  // Of this process: the servers' own buffers as well.
  expect(held()).toBeLessThan(200 * MIB);
  for (const client of clients) client.destroy();
});
