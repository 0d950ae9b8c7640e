import { describe, expect, it } from "vitest";
import { loadAddon, type NativeLink } from "../../../src/host/linux/addon.ts";
import { doneBefore, inOneGo } from "../../../src/host/linux/in-one-go.ts";
import { infoOf } from "../../../src/host/linux/link-info.ts";

const addon = loadAddon();

describe("a sequence of the addon's operations", () => {
  it("is done in its order, each with its own result", async () => {
    const [here, up, again] = await inOneGo(addon, "lo", [
      () => addon.linkGet("lo"),
      () => addon.linkSet("lo", { up: true }, "lo"),
      () => addon.linkGet("lo"),
    ]);
    expect([infoOf(here).name, up, infoOf(again).up]).toEqual(["lo", undefined, true]);
  });

  it("ends at the first failure, which says how many went before it: what goes behind it is not begun", async () => {
    const steps = [
      () => addon.linkGet("lo"),
      () => addon.linkGet("no-such-link"),
      () => addon.linkSet("lo", { up: false }, "lo"),
    ];
    const asked: number[] = [];
    const failure = await inOneGo(addon, "links", steps, (done) => {
      asked.push(done);
      return { ENODEV: "ERR_HOST_BUSY" };
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "ERR_HOST_BUSY", errnoCode: "ENODEV", object: "no-such-link" });
    expect([doneBefore(failure), asked]).toEqual([1, [1]]);
    expect(infoOf(await addon.linkGet("lo")).up).toBe(true);
    const first = await inOneGo(addon, "links", steps.slice(1)).catch((error: unknown) => error);
    expect(doneBefore(first)).toBe(0);
  });

  it("is not begun where an argument is refused at once", async () => {
    const steps = [() => addon.linkSet("lo", { up: false }, "lo"), () => addon.linkGet(7 as never)];
    await expect(inOneGo(addon, "lo", steps)).rejects.toMatchObject({
      code: "ERR_HOST_INVALID",
      object: "lo",
    });
    expect(infoOf(await addon.linkGet("lo")).up).toBe(true);
    const halfway = () =>
      addon.inOneGo(() => {
        void addon.linkGet("lo");
        throw new Error("halfway");
      });
    expect(halfway).toThrow("halfway");
    // And what comes later goes by itself again.
    expect(infoOf(await addon.linkGet("lo")).name).toBe("lo");
  });

  it("inside another is one of its own; one of nothing is nothing", async () => {
    const inner: Promise<unknown>[] = [];
    const outer = addon.inOneGo(() => {
      void addon.linkGet("no-such-link");
      inner.push(addon.inOneGo(() => addon.linkGet("lo")));
    });
    await expect(outer).rejects.toMatchObject({ done: 0 });
    const [lo] = (await inner[0]) as [NativeLink];
    expect(infoOf(lo).name).toBe("lo");
    expect(await addon.inOneGo(() => 7)).toEqual([]);
    expect(() => addon.inOneGo(7 as never)).toThrow("call must be a function");
  });
});
