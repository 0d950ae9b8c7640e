import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import type { CliContext } from "../../../src/cli/context.ts";
import { followOperation } from "../../../src/cli/operation.ts";
import { styleFor } from "../../../src/cli/render/style.ts";
import { Interrupted } from "../../../src/cli/signals.ts";
import type { OperationEvent } from "../../../src/domain/operation.ts";

/** A client whose operation does what the test says. */
function bench(options: { cancelled?: OperationEvent; undoes?: boolean } = {}) {
  const signals = new EventEmitter();
  const calls: string[] = [];
  const ended = Promise.withResolvers<OperationEvent>();
  const exits: number[] = [];
  let said = "";
  const client = {
    async call(method: string) {
      calls.push(method);
      if (method === "operation.cancel" && options.cancelled !== undefined) ended.resolve(options.cancelled);
      return { cancelled: true };
    },
    async *watch() {
      yield await ended.promise;
    },
  };
  const context = {
    signals,
    stderr: { write: (text: string) => (said += text) },
    style: { stderr: styleFor(false) },
  } as unknown as CliContext;
  const begun = Promise.withResolvers<{ operationId: string }>();
  const undone: unknown[] = [];
  const follow = () =>
    followOperation(context, {
      client: client as never,
      begin: () => begun.promise,
      ...(options.undoes === false ? {} : { undo: async (result: unknown) => void undone.push(result) }),
      exit: (status) => exits.push(status),
    });
  return { signals, calls, ended, begun, exits, undone, follow, said: () => said };
}

const FAILED: OperationEvent = { type: "failed", error: { code: "ERR_CANCELLED", message: "cancelled" } };

describe("following an operation (VM-5)", () => {
  it("gives its result, and the signals back", async () => {
    const { follow, begun, ended, signals } = bench();
    const following = follow();
    begun.resolve({ operationId: "1" });
    ended.resolve({ type: "done", result: 42 });
    expect(await following).toBe(42);
    expect(signals.eventNames()).toEqual([]);
  });

  it("throws its error", async () => {
    const { follow, begun, ended } = bench();
    const following = follow();
    begun.resolve({ operationId: "1" });
    ended.resolve({ type: "failed", error: { code: "ERR_X", message: "no", next: "do" } });
    await expect(following).rejects.toMatchObject({ code: "ERR_X", message: "no", next: "do" });
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])("%s cancels it and waits for its end", async (signal, status) => {
    const { follow, begun, signals, calls, said } = bench({ cancelled: FAILED });
    const following = follow();
    begun.resolve({ operationId: "1" });
    await Promise.resolve();
    signals.emit(signal);
    const error = await following.catch((caught) => caught);
    expect(error).toBeInstanceOf(Interrupted);
    expect(error).toMatchObject({ status });
    expect(calls).toEqual(["operation.cancel"]);
    expect(said()).toContain("cancelled; nothing is left\n");
  });

  it("a signal before the operation has an id cancels it as soon as it has one", async () => {
    const { follow, begun, signals, calls } = bench({ cancelled: FAILED });
    const following = follow();
    signals.emit("SIGINT");
    await Promise.resolve();
    expect(calls).toEqual([]);
    begun.resolve({ operationId: "1" });
    await expect(following).rejects.toBeInstanceOf(Interrupted);
    expect(calls).toEqual(["operation.cancel"]);
  });

  it("what was done before the cancel came is undone", async () => {
    const { follow, begun, signals, undone } = bench({ cancelled: { type: "done", result: "vm" } });
    const following = follow();
    begun.resolve({ operationId: "1" });
    signals.emit("SIGINT");
    await expect(following).rejects.toBeInstanceOf(Interrupted);
    expect(undone).toEqual(["vm"]);
  });

  it("what nobody undoes is not told as cancelled when it was done", async () => {
    const { follow, begun, signals, said } = bench({ cancelled: { type: "done", result: 1 }, undoes: false });
    const following = follow();
    begun.resolve({ operationId: "1" });
    signals.emit("SIGINT");
    await expect(following).rejects.toMatchObject({ status: 130 });
    expect(said()).toMatch(/it was done before it could be cancelled\n$/);
  });

  it("an error of its own is shown, also when it was to be cancelled", async () => {
    const failed: OperationEvent = { type: "failed", error: { code: "ERR_UNDO", message: "left: a disk" } };
    const { follow, begun, signals } = bench({ cancelled: failed });
    const following = follow();
    begun.resolve({ operationId: "1" });
    signals.emit("SIGINT");
    await expect(following).rejects.toMatchObject({ code: "ERR_UNDO" });
  });

  it("the second signal ends the process at once", async () => {
    const { follow, begun, signals, exits, ended } = bench();
    const following = follow();
    begun.resolve({ operationId: "1" });
    signals.emit("SIGINT");
    signals.emit("SIGINT");
    expect(exits).toEqual([130]);
    ended.resolve(FAILED);
    await expect(following).rejects.toBeInstanceOf(Interrupted);
  });

  it("a daemon that ends without a word is lost", async () => {
    const { follow, begun, ended } = bench();
    const following = follow();
    begun.resolve({ operationId: "1" });
    ended.resolve({ type: "note", text: "x" });
    await expect(following).rejects.toMatchObject({ code: "ERR_DAEMON_LOST" });
  });
});
