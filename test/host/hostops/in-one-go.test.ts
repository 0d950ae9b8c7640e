import { describe, expect, it } from "vitest";
import { errnoName } from "../../../src/host/host-error.ts";
import { loadAddon } from "../../../src/host/linux/addon.ts";

const addon = loadAddon();
const errnoOf = (settled: PromiseSettledResult<unknown>) =>
  settled.status === "rejected" ? errnoName(settled.reason.errno) : "done";

describe("a sequence of the addon's operations", () => {
  it("is done in its order, each with its own result", async () => {
    const [here, up, again] = await Promise.all(
      addon.inOneGo(
        () => [addon.linkGet("lo"), addon.linkSet("lo", { up: true }, "lo"), addon.linkGet("lo")] as const,
      ),
    );
    expect([here.name, up, again.up]).toEqual(["lo", undefined, true]);
  });

  it("ends at the first failure: what goes behind it is not begun", async () => {
    const settled = await Promise.allSettled(
      addon.inOneGo(() => [
        addon.linkGet("lo"),
        addon.linkGet("no-such-link"),
        addon.linkSet("lo", { up: false }, "lo"),
        addon.linkGet("lo"),
      ]),
    );
    expect(settled.map(errnoOf)).toEqual(["done", "ENODEV", "ECANCELED", "ECANCELED"]);
    expect((await addon.linkGet("lo")).up).toBe(true);
  });

  it("of a call that throws: what it had started is done", async () => {
    const started: Promise<unknown>[] = [];
    const throws = () =>
      addon.inOneGo(() => {
        started.push(addon.linkGet("lo"));
        throw new Error("halfway");
      });
    expect(throws).toThrow("halfway");
    expect((await Promise.allSettled(started)).map(errnoOf)).toEqual(["done"]);
    // And what comes later goes by itself again.
    expect((await addon.linkGet("lo")).name).toBe("lo");
  });

  it("inside another is one of its own; one of nothing is nothing", async () => {
    const [outer, inner] = addon.inOneGo(() => [
      addon.linkGet("no-such-link"),
      addon.inOneGo(() => addon.linkGet("lo")),
    ]);
    expect((await Promise.allSettled([outer, inner])).map(errnoOf)).toEqual(["ENODEV", "done"]);
    expect(addon.inOneGo(() => 7)).toBe(7);
    expect(() => addon.inOneGo(7 as never)).toThrow("call must be a function");
  });
});
