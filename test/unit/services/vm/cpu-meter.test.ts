import { beforeEach, describe, expect, it } from "vitest";
import type { VmHandles, VmRecord } from "../../../../src/domain/vm.ts";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";
import { CpuMeter } from "../../../../src/services/vm/cpu-meter.ts";
import type { Machine } from "../../../../src/services/vm/machines.ts";

let host: ReturnType<typeof openFakeHostOps>;
let clock: number;
let slept: number[];
let meter: CpuMeter;

beforeEach(() => {
  host = openFakeHostOps();
  clock = 5_000;
  slept = [];
  meter = meterWith(2_000, 40_000n);
});

/** While it sleeps, each process burns that many microseconds of CPU per second. */
function meterWith(intervalMs: number, burn: bigint): CpuMeter {
  return new CpuMeter({
    host,
    intervalMs,
    monotonic: () => clock,
    sleep: async (ms) => {
      slept.push(ms);
      pass(ms, burn);
    },
  });
}

function pass(ms: number, burn: bigint): void {
  clock += ms;
  for (const [pid, usage] of host.kernel.usage) {
    const used = usage.cpuMicroseconds + (burn * BigInt(ms)) / 1_000n;
    host.kernel.usage.set(pid, { ...usage, cpuMicroseconds: used });
  }
}

async function machine(id: string, cgroup: string | null = null): Promise<Machine> {
  const leaf = cgroup === null ? {} : { cgroup: await host.cgroup.create(cgroup, {}) };
  const process = await host.process.spawn({
    ...{ program: globalThis.process.execPath, argv: ["vmm"], env: {}, cwd: "/", umask: 0o77, fds: [] },
    ...{ uid: 70_000, gid: 70_000, ...leaf },
  });
  host.kernel.usage.set(process.pid, { cpuMicroseconds: 7_000_000n, rssBytes: 1_000_000n });
  return { vm: { id } as VmRecord, handles: { process, cgroup } as VmHandles } as Machine;
}

describe("measuring VMMs (VM-12)", () => {
  it("looks twice at first, a second apart at most, all of them in one wait", async () => {
    const both = [await machine("a"), await machine("b", "leaf")];
    const measured = await meter.measure(both);
    expect(slept).toEqual([1_000]);
    expect(measured.get("a")).toEqual({ cpuPercent: 4, rssBytes: 1_000_000 });
    expect(measured.get("b")).toEqual({ cpuPercent: 4, rssBytes: 1_000_000 });
  });

  it("compares with the look before when somebody watches, and starts anew when that is long ago", async () => {
    const one = [await machine("a")];
    await meter.measure(one);
    pass(2_000, 1_500_000n);
    expect((await meter.measure(one)).get("a")?.cpuPercent).toBe(150);
    expect(slept).toHaveLength(1);
    pass(100_000, 0n);
    expect((await meter.measure(one)).get("a")?.cpuPercent).toBe(4);
    expect(slept).toHaveLength(2);
  });

  it("does not let one watcher shorten the other's interval", async () => {
    const one = [await machine("a")];
    await meter.measure(one);
    pass(100, 2_000_000n);
    expect((await meter.measure(one)).get("a")?.cpuPercent).toBe(4);
    expect(slept).toEqual([1_000, 1_000]);
  });

  it("does not compare a VMM with the one before a restart, nor measure one that has ended", async () => {
    const before = await machine("a");
    await meter.measure([before]);
    pass(2_000, 0n);
    const after = await machine("a");
    expect((await meter.measure([after])).get("a")?.cpuPercent).toBe(4);
    host.endProcess(after.handles.process?.pid ?? 0, { code: 0, signal: null });
    pass(2_000, 0n);
    expect((await meter.measure([after])).size).toBe(0);
  });
});
