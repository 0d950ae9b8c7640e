import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { type Duplex, PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import type { Streams } from "../../../src/rpc/streams.ts";
import { SETTINGS } from "../../../src/rpc/wire.ts";
import { EagerSocket } from "../../../src/shared/eager-socket.ts";
import { serve } from "./harness.ts";

const MIB = 1024 ** 2;

/** Random enough to show any swap, cheap enough for 64 of them. */
function* blocks(count: number): Generator<Buffer> {
  const seed = randomBytes(MIB);
  for (let index = 0; index < count; index += 1) {
    seed.writeUInt32BE(index, 0);
    yield Buffer.from(seed);
  }
}

function digestOf(chunks: Iterable<Buffer>): string {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/** Runs `body` with the exec stream behind which `handle` stands, as an HTTP/2 peer of its own: what the guest's agent is. */
async function withGuest(
  handle: (stream: http2.ServerHttp2Stream, connection: Duplex) => void,
  body: (rpc: Awaited<ReturnType<typeof serve>>) => Promise<void>,
): Promise<void> {
  const socket = path.join(os.tmpdir(), `banger-agent-${randomBytes(6).toString("hex")}`);
  const agent = http2.createServer({ settings: SETTINGS, maxSessionMemory: 64 });
  agent.on("stream", (stream) => {
    stream.on("error", () => undefined);
    handle(stream, connection);
  });
  // Like the real agent, this one reads whatever waits to be written.
  const listener = net.createServer((accepted) => agent.emit("connection", new EagerSocket(accepted)));
  await new Promise<void>((resolve) => listener.listen(socket, resolve));
  const connection = net.connect(socket);
  const session = http2.connect("http://agent", {
    createConnection: () => connection,
    settings: SETTINGS,
  });
  session.on("error", () => undefined);
  const streams: Partial<Streams> = {
    exec: async () => session.request({ ":method": "POST", ":path": "/exec" }),
  };
  const rpc = await serve({ streams });
  try {
    await body(rpc);
  } finally {
    await rpc[Symbol.asyncDispose]();
    session.destroy();
    listener.close();
  }
}

test("64 MiB go through client, daemon and guest and come back byte for byte; the half-close goes with them", async () => {
  const original = [...blocks(64)];
  await withGuest(
    (stream) => {
      stream.respond({ ":status": 200 });
      stream.pipe(stream);
    },
    async (rpc) => {
      const exec = await (await rpc.connect()).exec("vm");
      const hash = createHash("sha256");
      let bytes = 0;
      await Promise.all([
        pipeline(Readable.from(original), exec, { end: true }),
        (async () => {
          for await (const chunk of exec) {
            hash.update(chunk as Buffer);
            bytes += (chunk as Buffer).length;
          }
        })(),
      ]);
      expect(bytes).toBe(64 * MIB);
      expect(hash.digest("hex")).toBe(digestOf(original));
    },
  );
});

test("the guest's answer after the client's half-close still arrives", async () => {
  await withGuest(
    (stream) => {
      stream.respond({ ":status": 200 });
      buffer(stream).then(
        (all) => stream.end(`got ${all.length}`),
        () => undefined,
      );
    },
    async (rpc) => {
      const exec = await (await rpc.connect()).exec("vm");
      exec.end(Buffer.alloc(3 * MIB));
      expect((await buffer(exec)).toString()).toBe(`got ${3 * MIB}`);
    },
  );
});

test("the guest's end arrives while the client's side is still open", async () => {
  await withGuest(
    (stream) => {
      stream.respond({ ":status": 200 });
      stream.end("bye");
    },
    async (rpc) => {
      const exec = await (await rpc.connect()).exec("vm");
      expect((await buffer(exec)).toString()).toBe("bye");
      exec.write("nobody reads this");
      exec.end();
      await once(exec, "close");
      expect(exec.errored).toBeNull();
    },
  );
});

test("a slow reader holds the guest back instead of filling the daemon", async () => {
  let sent = 0;
  let endless = true;
  await withGuest(
    (stream) => {
      stream.respond({ ":status": 200 });
      const source = Readable.from(
        (function* () {
          for (const block of blocks(1024)) {
            if (!endless) return;
            sent += block.length;
            yield block;
          }
        })(),
        { highWaterMark: 1 },
      );
      source.pipe(stream);
    },
    async (rpc) => {
      const exec = await (await rpc.connect()).exec("vm");
      await once(exec, "readable");
      let before = -1;
      // Until nothing moves any more: everybody's buffers are full.
      while (before !== sent) {
        before = sent;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      expect(sent).toBeLessThan(24 * MIB);
      endless = false;
      let received = 0;
      for await (const chunk of exec) received += (chunk as Buffer).length;
      expect(received).toBe(sent);
    },
  );
});

test("a client that resets its stream resets the guest's", async () => {
  const reset = Promise.withResolvers<number>();
  await withGuest(
    (stream) => {
      stream.respond({ ":status": 200 });
      stream.write("hello");
      stream.once("close", () => reset.resolve(stream.rstCode ?? -1));
      stream.resume();
    },
    async (rpc) => {
      const exec = await (await rpc.connect()).exec("vm");
      await once(exec, "data");
      exec.destroy();
      expect(await reset.promise).toBe(http2.constants.NGHTTP2_CANCEL);
    },
  );
});

test("a client whose connection breaks resets the guest's stream", async () => {
  const reset = Promise.withResolvers<number>();
  await withGuest(
    (stream) => {
      stream.respond({ ":status": 200 });
      stream.write("hello");
      stream.once("close", () => reset.resolve(stream.rstCode ?? -1));
      stream.resume();
    },
    async (rpc) => {
      const client = await rpc.connect();
      const exec = await client.exec("vm");
      exec.on("error", () => undefined);
      await once(exec, "data");
      await client.close();
      expect(await reset.promise).toBe(http2.constants.NGHTTP2_CANCEL);
    },
  );
});

test("a guest that resets its stream is an error for the client, not an end", async () => {
  await withGuest(
    (stream) => {
      // Node sends a good end before every reset, unless trailers are still to come; the guest's agent does not.
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.write("half a word", () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
    },
    async (rpc) => {
      const exec = await (await rpc.connect()).exec("vm");
      await expect(buffer(exec)).rejects.toMatchObject({ code: "ERR_GUEST_LOST" });
    },
  );
});

test("a guest whose connection breaks is an error for the client, not an end", async () => {
  await withGuest(
    (stream, connection) => {
      stream.respond({ ":status": 200 });
      stream.write("half a word", () => connection.destroy());
    },
    async (rpc) => {
      const exec = await (await rpc.connect()).exec("vm");
      await expect(buffer(exec)).rejects.toMatchObject({ code: "ERR_GUEST_LOST" });
    },
  );
});

test("a lost daemon hangs the command up and says so", async () => {
  await withGuest(
    (stream) => {
      stream.respond({ ":status": 200 });
      stream.write("hello");
      stream.resume();
    },
    async (rpc) => {
      const exec = await (await rpc.connect()).exec("vm");
      const failure = once(exec, "error");
      exec.resume();
      await rpc.server.close();
      expect((await failure)[0]).toMatchObject({
        code: "ERR_DAEMON_LOST",
        message: "the connection to the daemon was lost; the command was hung up",
      });
    },
  );
});

test("a refusal before the stream is there is the daemon's error; the connection goes on", async () => {
  await using rpc = await serve({ handlers: { "vm.list": async () => ({ vms: [] }) } });
  const client = await rpc.connect();
  await expect(client.exec("nobody")).rejects.toMatchObject({ code: "ERR_VM_NOT_FOUND", next: "look again" });
  await expect(client.call("vm.list", {})).resolves.toEqual({ vms: [] });
});

test("a client that goes while the guest is still being reached aborts that", async () => {
  const aborted = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const late = new PassThrough();
  await using rpc = await serve({
    streams: {
      exec: (_ref, { signal }) =>
        new Promise<Duplex>((resolve) => {
          asked.resolve();
          signal.addEventListener("abort", () => {
            aborted.resolve();
            resolve(late);
          });
        }),
    },
  });
  const client = await rpc.connect();
  const controller = new AbortController();
  const exec = client.exec("vm", { signal: controller.signal });
  exec.catch(() => undefined);
  await asked.promise;
  controller.abort();
  await expect(exec).rejects.toMatchObject({ code: "ERR_ABORTED" });
  await aborted.promise;
  // A guest stream that came too late is not left open.
  if (!late.destroyed) await once(late, "close");
});

test("the console's bytes arrive as they are, and a follower that leaves ends the daemon's side", async () => {
  const bytes = randomBytes(3 * MIB);
  const closed = Promise.withResolvers<void>();
  await using rpc = await serve({
    streams: {
      logs: async (_ref, { follow }) => {
        if (!follow) return Readable.from([bytes]);
        const log = new PassThrough();
        log.write("first line\n");
        log.once("close", () => closed.resolve());
        return log;
      },
    },
  });
  const client = await rpc.connect();
  expect(Buffer.compare(await buffer(await client.logs("vm")), bytes)).toBe(0);
  const following = await client.logs("vm", { follow: true });
  expect(String((await once(following, "data"))[0])).toBe("first line\n");
  following.destroy();
  await closed.promise;
});
