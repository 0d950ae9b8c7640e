import { describe, expect, it } from "vitest";
import type { OperationEvent } from "../../../src/domain/operation.ts";
import { Operations } from "../../../src/services/operations.ts";
import { BangerError } from "../../../src/shared/errors.ts";
import { silentLogger } from "../../../src/shared/logger.ts";

const make = () => {
  let next = 0;
  return new Operations(silentLogger, () => `op-${next++}`);
};

async function collect(events: AsyncIterable<OperationEvent>): Promise<OperationEvent[]> {
  const all: OperationEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe("operations (VM-5, VM-13)", () => {
  it("tells a late watcher everything from the first event on", async () => {
    const operations = make();
    const { id, finished } = operations.begin("test", async (context) => {
      context.note("spec: 1 vcpu");
      return context.stage("disks", async (progress) => {
        progress({ doneBytes: 5, totalBytes: 10 });
        return 42;
      });
    });
    await finished;
    const events = await collect(operations.watch(id));
    expect(events.map((event) => event.type)).toEqual(["note", "stage", "stage", "stage", "done"]);
    expect(events.at(-1)).toEqual({ type: "done", result: 42 });
    expect(events[2]).toMatchObject({ state: "progress", doneBytes: 5, totalBytes: 10 });
  });

  it("gives the same events to several watchers that came early", async () => {
    const operations = make();
    const gate = Promise.withResolvers<void>();
    const { id } = operations.begin("test", async (context) => {
      await gate.promise;
      for (let i = 0; i < 100; i += 1) context.note(String(i));
    });
    const watchers = [collect(operations.watch(id)), collect(operations.watch(id))];
    gate.resolve();
    const [first, second] = await Promise.all(watchers);
    expect(first).toEqual(second);
    expect(first).toHaveLength(101);
  });

  it("cancels: the body sees the signal, and cancel waits until it has undone everything", async () => {
    const operations = make();
    let undone = false;
    const { id } = operations.begin("test", async (context) => {
      await new Promise<void>((resolve) => context.signal.addEventListener("abort", () => resolve()));
      await new Promise((resolve) => setImmediate(resolve));
      undone = true;
      throw new BangerError("ERR_INNER", "what the innermost step threw");
    });
    expect(operations.inFlight).toBe(1);
    expect(await operations.cancel(id)).toBe(true);
    expect(undone).toBe(true);
    expect(operations.inFlight).toBe(0);
    expect((await collect(operations.watch(id))).at(-1)).toMatchObject({
      type: "failed",
      error: { code: "ERR_CANCELLED" },
    });
    expect(await operations.cancel(id)).toBe(false);
    expect(await operations.cancel("gone long ago")).toBe(false);
  });

  it("names the failed stage and carries code, sentence and next step", async () => {
    const operations = make();
    const { id, finished } = operations.begin("test", (context) =>
      context.stage("network", async () => {
        throw new BangerError("ERR_TAP_TAKEN", "taken", { next: "free it" });
      }),
    );
    await finished;
    const events = await collect(operations.watch(id));
    expect(events[1]).toMatchObject({ name: "network", state: "failed" });
    expect(events[2]).toMatchObject({
      type: "failed",
      error: { code: "ERR_TAP_TAKEN", message: "taken", next: "free it" },
    });
  });

  it("says what could not be undone, after the cause", async () => {
    const operations = make();
    const { id, finished } = operations.begin("test", async () => {
      throw new AggregateError([
        new BangerError("ERR_FIRST", "first"),
        new Error("undo of tap failed", { cause: new Error("EBUSY") }),
      ]);
    });
    await finished;
    const [failed] = await collect(operations.watch(id));
    expect(failed).toMatchObject({
      error: { code: "ERR_FIRST", message: "first (and while undoing: undo of tap failed: EBUSY)" },
    });
  });

  it("refuses to watch what it does not know", async () => {
    await expect(collect(make().watch("nope"))).rejects.toMatchObject({ code: "ERR_OPERATION_NOT_FOUND" });
  });

  it("lists what runs with its stages, and what has ended with its outcome", async () => {
    const operations = make();
    const gate = Promise.withResolvers<void>();
    const creating = operations.begin("vm.create", async (context) => {
      context.about("web");
      await context.stage("disks", async () => undefined);
      await context.stage("guest", () => gate.promise);
    });
    const failing = operations.begin(
      "vm.stop",
      () => Promise.reject(new BangerError("ERR_INNER", "no")),
      "db",
    );
    await failing.finished;
    expect(operations.list()).toMatchObject([
      { id: "op-0", kind: "vm.create", subject: "web", state: "running", stages: ["guest"], endedAt: null },
      { id: "op-1", kind: "vm.stop", subject: "db", state: "failed", error: { code: "ERR_INNER" } },
    ]);
    const results = [{ error: null }, { error: { code: "ERR_VM_RUNNING", message: "" } }];
    await operations.begin("vm.set", async () => ({ results })).finished;
    expect(operations.list()[2]).toMatchObject({ state: "failed", error: { code: "ERR_VM_RUNNING" } });
    gate.resolve();
    await creating.finished;
    expect(operations.list()[0]).toMatchObject({ state: "done", stages: [], endedAt: expect.any(String) });
  });

  it("finds one by a unique begin of its id", () => {
    const operations = make();
    const body = async () => undefined;
    operations.begin("a", body);
    expect(operations.resolve("op")).toBe("op-0");
    operations.begin("b", body);
    expect(operations.resolve("op-1")).toBe("op-1");
    expect(() => operations.resolve("op")).toThrow(expect.objectContaining({ code: "ERR_AMBIGUOUS_REF" }));
    expect(() => operations.resolve("x")).toThrow(
      expect.objectContaining({ code: "ERR_OPERATION_NOT_FOUND" }),
    );
  });
});
