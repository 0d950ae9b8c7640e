import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CpuMeter } from "../../../../src/services/vm/cpu-meter.ts";
import { StatsService } from "../../../../src/services/vm/stats.ts";
import { resolveRef, resolveRefs } from "../../../../src/state/refs.ts";
import { World } from "./support/world.ts";

let world: World;
let stats: StatsService;

beforeEach(async () => {
  world = new World();
  const meter = new CpuMeter({
    ...{ host: world.host, intervalMs: 1_000, monotonic: () => 0 },
    sleep: async () => undefined,
  });
  stats = new StatsService({
    ...{ deps: world.deps, meter, intervalMs: 1_000 },
    refs: { one: resolveRef, all: resolveRefs },
  });
  const nobody = { onClose: () => undefined };
  await world.end(world.vms.create({ name: "up" }, nobody));
  await world.end(world.vms.create({ name: "down", noStart: true }, nobody));
});

afterEach(() => world.close());

describe("vm stats (VM-12)", () => {
  it("tells what a running VM takes of the host", async () => {
    const { process } = world.deps.machines.get(world.vms.find("up").id)?.handles ?? {};
    world.host.kernel.usage.set(process?.pid ?? 0, { cpuMicroseconds: 0n, rssBytes: 3_000_000n });
    const tap = world.host.kernel.links.get("bgr1");
    Object.assign(tap?.info ?? {}, { rxBytes: 10n, txBytes: 2_000n });
    world.now = new Date(90_000);
    const reply = await stats.stats(undefined);
    expect(reply).toMatchObject({ missing: [], intervalMs: 1_000 });
    expect(reply.stats).toMatchObject([
      {
        ...{ name: "up", state: "running", cpuPercent: 0, uptimeSeconds: 90 },
        ...{ memoryBytes: 3_000_000, memoryLimitBytes: 256 * 2 ** 20 },
        disks: [
          { name: "root", usedBytes: 4096, totalBytes: 8192, invalid: false },
          { name: "work", usedBytes: 4096, totalBytes: 8192, invalid: false },
        ],
        network: { receivedBytes: 2_000, sentBytes: 10 },
      },
    ]);
  });

  it("of those that were named, running or not, in their order, with what leads nowhere", async () => {
    const reply = await stats.stats(["down", "nope", "up", "down"]);
    expect(reply.stats.map(({ name }) => name)).toEqual(["down", "up"]);
    expect(reply.missing).toMatchObject([{ ref: "nope", error: { code: "ERR_VM_NOT_FOUND" } }]);
    expect(reply.stats[0]).toMatchObject({
      ...{ state: "stopped", cpuPercent: null, memoryBytes: null, network: null, uptimeSeconds: null },
      disks: [{ name: "root" }, { name: "work" }],
    });
  });

  it("takes how full a root disk is from its driver, else from its file", async () => {
    const driver = world.deps.rootDisks.get("copy");
    if (driver === undefined) throw new Error("no driver");
    const usage = { usedBytes: 9, totalBytes: 10, invalid: true, full: false, hostFreeBytes: 0 };
    driver.usage = async () => ({ ...usage, room: "snapshot" });
    expect((await stats.stats(["up"])).stats[0]?.disks[0]).toEqual({
      ...{ name: "root", usedBytes: 9, totalBytes: 10, invalid: true },
      note: expect.stringMatching(/lost/),
    });
    driver.usage = () => Promise.reject(new Error("dm is gone"));
    expect((await stats.stats(["up"])).stats[0]?.disks[0]).toMatchObject({ totalBytes: 8192 });
  });
});
