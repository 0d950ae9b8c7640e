import { describe, expect, it } from "vitest";
import { Turns } from "../../../../src/host/linux/turns.ts";

describe("turns", () => {
  it("run so many at once, in order, also after one has failed", async () => {
    const turns = new Turns(2);
    const started: number[] = [];
    let running = 0;
    let most = 0;
    const work = async (index: number) => {
      started.push(index);
      running += 1;
      most = Math.max(most, running);
      await new Promise((done) => setImmediate(done));
      running -= 1;
      if (index === 1) throw new Error("one");
    };
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) => turns.run(() => work(index))),
    );
    expect(results.map((result) => result.status)).toEqual([
      "fulfilled",
      "rejected",
      ...Array(4).fill("fulfilled"),
    ]);
    expect([most, running, started]).toEqual([2, 0, [0, 1, 2, 3, 4, 5]]);
    await turns.run(() => work(7));
  });

  it("who waits may leave the line; who has the turn keeps it", async () => {
    const turns = new Turns(1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = turns.run(() => promise);
    const [stop, late] = [new AbortController(), new AbortController()];
    const worked: string[] = [];
    const left = turns.run(async () => worked.push("left"), stop.signal);
    const next = turns.run(async () => worked.push("next"), late.signal);
    const last = turns.run(async () => worked.push("last"));
    stop.abort(new Error("enough"));
    await expect(left).rejects.toThrow("enough");
    resolve();
    await first;
    late.abort(); // its turn has come
    await Promise.all([next, last]);
    expect(worked).toEqual(["next", "last"]);
    await expect(turns.run(async () => worked.push("never"), stop.signal)).rejects.toThrow("enough");
    await turns.run(async () => worked.push("free"));
    expect(worked.at(-1)).toBe("free");
  });
});
