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
});
