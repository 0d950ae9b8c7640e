import { describe, expect, it } from "vitest";
import type { DeviceOps } from "../../../../src/storage/dm-snapshot/devices.ts";
import { DiskWorld } from "./support/disk-world.ts";

const world = new DiskWorld();

/** Lets `calls` calls through; from then on every call fails, as if the daemon were dead. */
function dying(calls: number): DeviceOps {
  let passed = 0;
  return world.interposed(() => {
    passed += 1;
    if (passed > calls) throw new Error("dead");
  });
}

describe("a crash after any step", () => {
  it("leaves only what the next daemon finds by its name", async () => {
    const a = await world.vm("a");
    let steps = 0;
    for (let died = true; died; steps += 1) {
      died = await world
        .driverOver(dying(steps))
        .attach(a)
        .then(
          () => false,
          () => true,
        );
      for (const name of world.left()) expect(name).toMatch(/^bgr-/);
      // Of a VM that is known, by its name; of one that is not, by the prefix.
      if (steps % 2 === 0) await world.driver.detach(a);
      else await world.driver.sweep(new Set());
      expect(world.left()).toEqual([]);
    }
    expect(steps).toBeGreaterThan(8);
  });

  it("in a detach, too, beside a VM that runs on", async () => {
    const [a, b] = [await world.vm("a"), await world.vm("b")];
    await world.driver.attach(b);
    for (let steps = 0; steps < 12; steps += 1) {
      await world.driver.attach(a);
      await world
        .driverOver(dying(steps))
        .detach(a)
        .catch(() => undefined);
      await world.driver.sweep(new Set(["b"]));
      expect(world.left().filter((name) => name.endsWith("-a"))).toEqual([]);
      expect((await world.driver.usage(b)).invalid).toBe(false);
    }
    await world.driver.detach(b);
    expect(world.left()).toEqual([]);
  });

  it("a failed step undoes those before it", async () => {
    const a = await world.vm("a");
    for (const operation of ["loop.attach", "dm.create", "dm.status", "loop.detach"] as const) {
      for (const after of [0, 1, 2]) {
        world.fake.faults.fail(operation, { errnoCode: "EIO", after });
        await world.driver.attach(a).catch(() => undefined);
        world.fake.faults.clear();
        await world.driver.sweep(new Set());
        expect(world.left(), `${operation} ${after}`).toEqual([]);
      }
    }
  });
});
