import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { Bench, connect, ending, readAll, until } from "./support.ts";

const MIB = 2 ** 20;

describe("a published TCP port (NET-6)", () => {
  it("carries bytes both ways, and the end of either direction by itself", async () => {
    await using bench = new Bench();
    // Answers only when all of the question is there: what a lost half-close would hang.
    const guestPort = await bench.serve(async (socket) => {
      const question = await readAll(socket);
      socket.end(Buffer.concat([Buffer.from("got "), question]));
    });
    const [port = 0] = await bench.publish({ guestPort });
    const client = connect(port, { allowHalfOpen: true });
    const blob = randomBytes(8 * MIB);
    client.end(blob);
    const answer = await readAll(client);
    expect(answer.length).toBe(blob.length + 4);
    expect(answer.subarray(4).equals(blob)).toBe(true);
  });

  it("passes the guest's end on while the client goes on sending", async () => {
    await using bench = new Bench();
    let heard = Buffer.alloc(0);
    const done = Promise.withResolvers<void>();
    const guestPort = await bench.serve((socket) => {
      socket.end("bye");
      socket.on("data", (chunk: Buffer) => {
        heard = Buffer.concat([heard, chunk]);
      });
      socket.once("end", done.resolve);
    });
    const [port = 0] = await bench.publish({ guestPort });
    const client = connect(port, { allowHalfOpen: true });
    expect(String(await readAll(client))).toBe("bye");
    client.end("still here");
    await done.promise;
    expect(String(heard)).toBe("still here");
  });

  it("passes a guest's reset on: half an answer does not look whole", async () => {
    await using bench = new Bench();
    const guestPort = await bench.serve((socket) => {
      socket.write("half of", () => socket.resetAndDestroy());
    });
    const [port = 0] = await bench.publish({ guestPort });
    expect(await ending(connect(port))).toBe("ECONNRESET");
  });

  it("passes a client's reset on", async () => {
    await using bench = new Bench();
    const end = Promise.withResolvers<string>();
    const guestPort = await bench.serve((socket) => void ending(socket).then(end.resolve));
    const [port = 0] = await bench.publish({ guestPort });
    const client = connect(port);
    client.write("x");
    await once(client, "connect");
    await until(() => client.bytesWritten > 0);
    client.resetAndDestroy();
    expect(await end.promise).toBe("ECONNRESET");
  });

  it("resets a client whose guest takes no connection", async () => {
    await using bench = new Bench();
    const [port = 0] = await bench.publish({ guestPort: 1 });
    expect(await ending(connect(port))).toBe("ECONNRESET");
  });

  it("holds back a guest whose client does not read, and lets it go on when it does", async () => {
    await using bench = new Bench();
    let sent = 0;
    let stuck = false;
    const total = 64 * MIB;
    const guestPort = await bench.serve(async (socket) => {
      const chunk = Buffer.alloc(256 * 1024, 7);
      while (sent < total) {
        sent += chunk.length;
        if (socket.write(chunk)) continue;
        stuck = true;
        await once(socket, "drain");
        stuck = false;
      }
      socket.end();
    });
    const [port = 0] = await bench.publish({ guestPort });
    const client = connect(port);
    client.pause();
    // What fits into the kernel's buffers and the forwarder's: then nothing moves.
    let seen = -1;
    while (seen !== sent || !stuck) {
      seen = sent;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(sent).toBeLessThan(total / 2);
    let received = 0;
    for await (const chunk of client) received += (chunk as Buffer).length;
    expect(received).toBe(total);
  });

  it("carries no more connections than its bound, and new ones again when there is room", async () => {
    await using bench = new Bench({ perPort: 3 });
    const guestPort = await bench.serve((socket) => {
      socket.write("hello");
      socket.resume().once("end", () => socket.end());
    });
    const [port = 0] = await bench.publish({ guestPort });
    const taken = await Promise.all([1, 2, 3].map(() => greeted(port)));
    expect(await ending(connect(port))).toBe("ECONNRESET");
    expect(await ending(connect(port))).toBe("ECONNRESET");
    expect(bench.warnings).toEqual(["a published port has no room for more connections"]);
    taken[0]?.destroy();
    // Its place is free once both ends are gone.
    for (;;) {
      const client = connect(port);
      const how = await Promise.race([once(client, "data").then(() => "data"), ending(client)]);
      client.destroy();
      if (how === "data") break;
    }
    for (const client of taken) client.destroy();
  });

  it("shares one bound among all ports", async () => {
    await using bench = new Bench({ total: 1 });
    const guestPort = await bench.serve((socket) => void socket.write("hello"));
    const [one = 0, two = 0] = await bench.publish({ guestPort }, { guestPort });
    const client = await greeted(one);
    expect(await ending(connect(two))).toBe("ECONNRESET");
    client.destroy();
  });

  it("is closed with all its connections", async () => {
    await using bench = new Bench();
    const guestPort = await bench.serve((socket) => void socket.write("hello"));
    const [port = 0] = await bench.publish({ guestPort });
    const client = await greeted(port);
    await bench.forwarder.close("id-web");
    expect(await ending(client)).toBe("ECONNRESET");
    expect(await ending(connect(port))).toBe("ECONNREFUSED");
    await bench.forwarder.close("id-web");
  });
});

async function greeted(port: number): Promise<Socket> {
  const client = connect(port);
  await once(client, "data");
  return client;
}
