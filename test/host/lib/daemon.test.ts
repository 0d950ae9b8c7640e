import { expect, test } from "vitest";
import type { OperationEvent } from "../../../src/domain/operation.ts";
import { Daemon } from "../../../src/lib/daemon.ts";
import { BangerError } from "../../../src/shared/errors.ts";
import { encodeFrame, FrameType } from "../../../src/shared/exec/frames.ts";
import { withGuest } from "../rpc/guest.ts";
import { serve } from "../rpc/harness.ts";

const MADE = { id: "1234", name: "demo", address: "172.30.0.2" };

/** A daemon that only keeps the books: what it was asked, and how its operations end. */
async function bookkeeper(ends: { create?: "at once" | "when cancelled" | "late" } = {}) {
  const asked: string[] = [];
  const cancelled = Promise.withResolvers<void>();
  const rpc = await serve({
    handlers: {
      "vm.create": async ({ name, autoRemove }) => {
        asked.push(`create ${name}${autoRemove === true ? ", to be removed" : ""}`);
        return { operationId: "create" };
      },
      "vm.stop": async ({ refs }) => {
        asked.push(`stop ${refs}`);
        return { operationId: "stop" };
      },
      "vm.delete": async ({ refs }) => {
        asked.push(`delete ${refs}`);
        return { operationId: "delete" };
      },
      "operation.cancel": async ({ operationId }) => {
        asked.push(`cancel ${operationId}`);
        cancelled.resolve();
        return { cancelled: true };
      },
    },
    streams: {
      async *operationEvents(id: string): AsyncGenerator<OperationEvent> {
        yield { type: "stage", name: id, state: "start" };
        if (id === "stop") {
          const error = { code: "ERR_VM_NOT_FOUND", message: "there is no such VM" };
          yield { type: "done", result: { results: [{ ref: "x", id: null, name: null, error }] } };
          return;
        }
        if (id === "create" && ends.create !== undefined && ends.create !== "at once") {
          await cancelled.promise;
          if (ends.create === "when cancelled") {
            yield { type: "failed", error: { code: "ERR_CANCELLED", message: "cancelled" } };
            return;
          }
        }
        const deleted = { results: [{ ref: "1234", id: "1234", name: "demo", error: null }] };
        yield { type: "done", result: id === "create" ? MADE : deleted };
      },
    },
  });
  return { rpc, asked, daemon: new Daemon(await rpc.connect()) };
}

test("a VM is made with its events told, and deleted at the end of its block", async () => {
  const { rpc, asked, daemon } = await bookkeeper();
  await using _ = rpc;
  const events: OperationEvent[] = [];
  {
    await using vm = await daemon.create({ name: "demo" }, { onEvent: (event) => events.push(event) });
    expect(vm.info).toEqual(MADE);
    expect(vm.ref).toBe("1234");
  }
  expect(events.map(({ type }) => type)).toEqual(["stage", "done"]);
  expect(asked).toEqual(["create demo", "delete 1234"]);
});

test.each([
  { create: "when cancelled", asked: ["create demo", "cancel create"] },
  { create: "late", asked: ["create demo", "cancel create", "delete 1234"] },
] as const)(
  "an abort cancels the create ($create), and rejects with its reason when nothing is left",
  async (row) => {
    const { rpc, asked, daemon } = await bookkeeper({ create: row.create });
    await using _ = rpc;
    const abort = new AbortController();
    const reason = new Error("changed my mind");
    const made = daemon.create(
      { name: "demo" },
      { signal: abort.signal, onEvent: ({ type }) => type === "stage" && abort.abort(reason) },
    );
    await expect(made).rejects.toBe(reason);
    expect(asked).toEqual(row.asked);
  },
);

test("an abort before the begin asks for nothing", async () => {
  const { rpc, asked, daemon } = await bookkeeper();
  await using _ = rpc;
  await expect(daemon.create({}, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
  expect(asked).toEqual([]);
});

test("what the daemon says of the one VM is thrown", async () => {
  const { rpc, daemon } = await bookkeeper();
  await using _ = rpc;
  await expect(daemon.vm("x").stop()).rejects.toMatchObject({ code: "ERR_VM_NOT_FOUND" });
  await expect(daemon.vm("x").exec(["true"])).rejects.toBeInstanceOf(BangerError);
});

test("run deletes its VM also when the command cannot be run", async () => {
  const { rpc, asked, daemon } = await bookkeeper();
  await using _ = rpc;
  await expect(daemon.run(["true"], { vm: { name: "demo" } })).rejects.toMatchObject({
    code: "ERR_VM_NOT_FOUND",
  });
  expect(asked).toEqual(["create demo, to be removed", "delete 1234"]);
});

test("a guest that says more than is asked for is hung up", async () => {
  const ended = Promise.withResolvers<void>();
  await withGuest(
    (stream) => {
      stream.respond({ ":status": 200 });
      stream.write(encodeFrame(FrameType.STDOUT, Buffer.alloc(2000)));
      stream.once("close", () => ended.resolve());
    },
    async (rpc) => {
      const vm = new Daemon(await rpc.connect()).vm("x");
      const said = vm.exec(["yes"], { maxOutputBytes: 1000 });
      await expect(said).rejects.toMatchObject({ code: "ERR_EXEC_OUTPUT" });
      await ended.promise;
    },
  );
});

test("an abort hangs the command up and rejects with its reason", async () => {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  await withGuest(
    (stream) => {
      stream.respond({ ":status": 200 });
      stream.once("data", () => begun.resolve());
      stream.once("close", () => ended.resolve());
    },
    async (rpc) => {
      const abort = new AbortController();
      const vm = new Daemon(await rpc.connect()).vm("x");
      const done = vm.exec(["sleep", "1000"], { signal: abort.signal });
      begun.promise.then(() => abort.abort("enough"));
      await expect(done).rejects.toBe("enough");
      await ended.promise;
    },
  );
});
