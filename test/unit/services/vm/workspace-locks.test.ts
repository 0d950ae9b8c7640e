import { describe, expect, it } from "vitest";
import type { VmRecord } from "../../../../src/domain/vm.ts";
import type { VmDeps } from "../../../../src/services/vm/deps.ts";
import { WorkspaceLocks } from "../../../../src/services/vm/workspace-locks.ts";

const one = { id: "1", name: "one" } as VmRecord;
const two = { id: "2", name: "two" } as VmRecord;

function locksOf(running: Set<string>, uses: string[] = []) {
  return new WorkspaceLocks({
    machines: { get: (id: string) => (running.has(id) ? {} : null), state: () => "stopped" },
    lastUse: {
      holdStream: async (id: string, open: () => Promise<unknown>) => {
        uses.push(id);
        return open();
      },
    },
  } as unknown as VmDeps);
}
const never = () => new AbortController().signal;

describe("the lock of a VM's workspace (WS-4)", () => {
  it("is one client's at a time, in their order; another VM's is its own", async () => {
    const uses: string[] = [];
    const locks = locksOf(new Set(["1", "2"]), uses);
    const order: string[] = [];
    const first = await locks.open(one, never());
    const named = async (name: string) => {
      const stream = await locks.open(one, never());
      order.push(name);
      return stream;
    };
    const second = named("second");
    const third = named("third");
    (await locks.open(two, never())).destroy();
    expect(order).toEqual([]);
    first.destroy();
    (await second).destroy();
    (await third).destroy();
    expect(order).toEqual(["second", "third"]);
    expect(uses).toEqual(["1", "2", "1", "1"]);
  });

  it("passes over a client that has gone, and a VM that was stopped meanwhile", async () => {
    const running = new Set(["1"]);
    const locks = locksOf(running);
    const first = await locks.open(one, never());
    const gone = new AbortController();
    const second = locks.open(one, gone.signal);
    const third = locks.open(one, never());
    const fourth = locks.open(one, never());
    gone.abort(new Error("gone"));
    first.destroy();
    await expect(second).rejects.toThrow("gone");
    running.delete("1");
    (await third.catch(() => null))?.destroy();
    await expect(fourth).rejects.toMatchObject({ code: "ERR_VM_NOT_RUNNING" });
  });
});
