import { describe, expect, it } from "vitest";
import { KeyedLocks } from "../../../src/services/locks.ts";

describe("keyed locks (VM-4)", () => {
  it("serialises one key in order and lets others pass", async () => {
    const locks = new KeyedLocks();
    const log: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = locks.run("a", async () => {
      await gate.promise;
      log.push("a1");
    });
    const second = locks.run("a", async () => void log.push("a2"));
    await locks.run("b", async () => void log.push("b"));
    gate.resolve();
    await Promise.all([first, second]);
    expect(log).toEqual(["b", "a1", "a2"]);
  });

  it("goes on after a holder failed, and passes its error on", async () => {
    const locks = new KeyedLocks();
    const failing = locks.run("a", async () => Promise.reject(new Error("no")));
    const after = locks.run("a", async () => "yes");
    await expect(failing).rejects.toThrow("no");
    expect(await after).toBe("yes");
  });

  it("lets one that waits give up, and keeps the others in their order", async () => {
    const locks = new KeyedLocks();
    const log: string[] = [];
    const gate = Promise.withResolvers<void>();
    const cancel = new AbortController();
    const first = locks.run("a", () => gate.promise.then(() => void log.push("first")));
    const second = locks.run("a", async () => void log.push("second"), cancel.signal);
    const third = locks.run("a", async () => void log.push("third"));
    cancel.abort(new Error("given up"));
    await expect(second).rejects.toThrow("given up");
    // Who comes now still has the first one before it.
    const fourth = locks.run("a", async () => void log.push("fourth"), new AbortController().signal);
    gate.resolve();
    await Promise.all([first, third, fourth]);
    expect(log).toEqual(["first", "third", "fourth"]);
  });
});
