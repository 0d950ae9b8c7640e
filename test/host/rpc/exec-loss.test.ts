import { once } from "node:events";
import http2 from "node:http2";
import { type Duplex, PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { withGuest } from "./guest.ts";
import { serve } from "./harness.ts";

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
