import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import { withGuest } from "./guest.ts";
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
