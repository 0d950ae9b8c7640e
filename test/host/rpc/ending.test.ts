import { once } from "node:events";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { serve } from "./harness.ts";

/** As a log that is followed: nothing but its signal ends what waits for more. */
async function* following(signal: AbortSignal) {
  yield "said before\n";
  await once(signal, "abort");
}

test("who follows a console is told that the daemon ends, and what goes on", async () => {
  await using rpc = await serve({
    streams: {
      logs: async (_, { signal }) => Readable.from(following(signal), { objectMode: false }),
    },
  });
  const client = await rpc.connect();
  const log = await client.logs("web", { follow: true });
  const ended = log.toArray();
  await Promise.all([
    expect(ended).rejects.toMatchObject({
      code: "ERR_DAEMON_STOPPED",
      next: expect.stringContaining("banger vm logs -f web"),
    }),
    rpc.server.close(5_000),
  ]);
});

test("what a daemon that ends does not take is told from what it may have done", async () => {
  await using rpc = await serve({
    handlers: { "vm.list": async () => ({ vms: [] }), "vm.show": () => new Promise(() => undefined) },
  });
  const client = await rpc.connect();
  // In flight, so that the connection lasts.
  const begun = client.call("vm.show", { ref: "x" }).catch((error) => error);
  await client.call("vm.list", {});
  const closed = rpc.server.close(500);
  let refused: unknown = null;
  while (refused === null)
    refused = await client.call("vm.list", {}).then(
      () => null,
      (error) => error,
    );
  expect(refused).toMatchObject({ code: "ERR_DAEMON_STOPPING" });
  expect(await begun).toMatchObject({ code: "ERR_DAEMON_LOST" });
  await closed;
});

test("a client knows whether a daemon has done anything for it", async () => {
  await using rpc = await serve({
    handlers: { "daemon.stop": async () => ({ runningVms: 0 }), "vm.list": async () => ({ vms: [] }) },
  });
  const client = await rpc.connect();
  await client.call("daemon.stop", {});
  await client.call("vm.kill", { refs: [] }).catch(() => undefined);
  expect(client.served).toBe(false);
  await client.call("vm.list", {});
  expect(client.served).toBe(true);
});
