import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect, test } from "vitest";
import type { OperationEvent } from "../../../src/domain/operation.ts";
import { RpcClient } from "../../../src/rpc/client.ts";
import { BangerError } from "../../../src/shared/errors.ts";
import { BUILD, serve } from "./harness.ts";

test("a call's params reach the handler and its result comes back", async () => {
  await using rpc = await serve({
    handlers: { "vm.start": async ({ refs }) => ({ operationId: refs.join("+") }) },
  });
  const client = await rpc.connect();
  await expect(client.call("vm.start", { refs: ["a", "b"] })).resolves.toEqual({ operationId: "a+b" });
});

test("a handler's error arrives with code, sentence, next step and details", async () => {
  await using rpc = await serve({
    handlers: {
      "vm.show": async () => {
        throw new BangerError("ERR_VM_NOT_FOUND", "there is no VM", { next: "look", details: { ref: "x" } });
      },
    },
  });
  const client = await rpc.connect();
  const error = await client.call("vm.show", { ref: "x" }).catch((caught) => caught);
  expect(error).toBeInstanceOf(BangerError);
  expect(error).toMatchObject({
    code: "ERR_VM_NOT_FOUND",
    message: "there is no VM",
    next: "look",
    details: { ref: "x" },
  });
});

test("100 calls at once on one connection are all answered", async () => {
  await using rpc = await serve({
    handlers: { "vm.start": async ({ refs }) => ({ operationId: `${refs[0]}` }) },
  });
  const client = await rpc.connect();
  const names = Array.from({ length: 100 }, (_, index) => `vm-${index}`);
  const replies = await Promise.all(names.map((name) => client.call("vm.start", { refs: [name] })));
  expect(replies.map(({ operationId }) => operationId)).toEqual(names);
});

test("a client of another build gets nothing but daemon.*, and learns whether the daemon is busy", async () => {
  await using rpc = await serve({
    handlers: { "daemon.stop": async () => ({ runningVms: 3 }), "vm.list": async () => ({ vms: [] }) },
    isBusy: () => true,
  });
  const client = await rpc.connect({ ...BUILD, commit: "def" });
  await expect(client.call("daemon.stop", {})).resolves.toEqual({ runningVms: 3 });
  const mismatch = {
    code: "ERR_BUILD_MISMATCH",
    details: { busy: true, daemon: "1.2.3+abc", client: "1.2.3+def" },
  };
  await expect(client.call("vm.list", {})).rejects.toMatchObject(mismatch);
  await expect(client.exec("x")).rejects.toMatchObject(mismatch);
  await expect(client.watch("x").next()).rejects.toMatchObject(mismatch);
});

test("no daemon, and a socket that nobody listens on, are the same clear error", async () => {
  await expect(RpcClient.connect("/nowhere/s", { build: BUILD })).rejects.toMatchObject({
    code: "ERR_DAEMON_NOT_RUNNING",
    next: expect.stringContaining("banger daemon start"),
  });
});

test("a lost connection fails every call, watch and stream that is open", async () => {
  const begun = Promise.withResolvers<void>();
  await using rpc = await serve({
    handlers: {
      "vm.list": () => {
        begun.resolve();
        return new Promise(() => undefined);
      },
    },
    streams: {
      async *operationEvents() {
        yield { type: "note", text: "begun" };
        await new Promise(() => undefined);
      },
    },
  });
  const client = await rpc.connect();
  const watch = client.watch("op");
  await expect(watch.next()).resolves.toMatchObject({ value: { text: "begun" } });
  const call = client.call("vm.list", {});
  const next = watch.next();
  const both = Promise.allSettled([call, next]);
  await begun.promise;
  await rpc.server.close();
  const lost = { status: "rejected", reason: { code: "ERR_DAEMON_LOST" } };
  expect(await both).toMatchObject([lost, lost]);
  await client.closed;
  await expect(client.call("vm.list", {})).rejects.toMatchObject({ code: "ERR_DAEMON_LOST" });
});

test("an aborted call stops waiting", async () => {
  await using rpc = await serve({ handlers: { "vm.list": () => new Promise(() => undefined) } });
  const client = await rpc.connect();
  const controller = new AbortController();
  const call = client.call("vm.list", {}, { signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: "ERR_ABORTED", name: "AbortError" });
  await expect(client.call("vm.list", {}, { signal: controller.signal })).rejects.toThrow();
});

test("events arrive in order, whole, and the stream ends with the operation", async () => {
  const events: OperationEvent[] = [
    { type: "note", text: "spec: 4 vcpu · 8192 MiB · 8G disk" },
    ...Array.from(
      { length: 2_000 },
      (_, doneBytes): OperationEvent => ({ type: "stage", name: "copy", state: "progress", doneBytes }),
    ),
    { type: "done", result: { id: "x".repeat(300_000) } },
  ];
  await using rpc = await serve({
    streams: {
      async *operationEvents() {
        yield* events;
      },
    },
  });
  const client = await rpc.connect();
  const seen: OperationEvent[] = [];
  for await (const event of client.watch("op")) seen.push(event);
  expect(seen).toEqual(events);
});

test("a watcher that goes away ends the iteration in the daemon", async () => {
  const ended = Promise.withResolvers<void>();
  await using rpc = await serve({
    streams: {
      async *operationEvents() {
        try {
          for (;;) {
            yield { type: "note", text: "tick" };
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        } finally {
          ended.resolve();
        }
      },
    },
  });
  const client = await rpc.connect();
  for await (const event of client.watch("op")) {
    expect(event).toEqual({ type: "note", text: "tick" });
    break;
  }
  await ended.promise;
});

test("onClose fires when the client is killed, once, and at once when it has gone already", async () => {
  const gone = Promise.withResolvers<void>();
  let closes = 0;
  await using rpc = await serve({
    handlers: {
      "vm.create": async (_, client) => {
        client.onClose(() => {
          closes += 1;
          client.onClose(gone.resolve);
        });
        return { operationId: "op" };
      },
    },
  });
  const child = fork(path.join(import.meta.dirname, "vanishing-client.ts"), [rpc.socket]);
  const [message] = await once(child, "message");
  expect(message).toEqual({ operationId: "op" });
  expect(closes).toBe(0);
  child.kill("SIGKILL");
  await gone.promise;
  expect(closes).toBe(1);
});

test("a draining daemon finishes what runs and takes nothing new", async () => {
  const release = Promise.withResolvers<void>();
  await using rpc = await serve({
    handlers: {
      "vm.list": async () => {
        await release.promise;
        return { vms: [] };
      },
      "operation.cancel": async () => ({ cancelled: true }),
    },
  });
  const client = await rpc.connect();
  const running = client.call("vm.list", {});
  // Answered in order of arrival: when this one is, the daemon has begun the call before it.
  await client.call("operation.cancel", { operationId: "x" });
  rpc.server.drain();
  await expect(client.call("vm.list", {})).rejects.toMatchObject({ code: "ERR_DAEMON_STOPPING" });
  await expect(client.exec("x")).rejects.toMatchObject({ code: "ERR_DAEMON_STOPPING" });
  await expect(client.call("operation.cancel", { operationId: "x" })).resolves.toEqual({ cancelled: true });
  release.resolve();
  await expect(running).resolves.toEqual({ vms: [] });
});
