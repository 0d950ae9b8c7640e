import { expect, it } from "vitest";
import type { GuestAgent } from "../../../../src/domain/guest.ts";
import type { VmDeps } from "../../../../src/services/vm/deps.ts";
import { endHalted, HaltedLooks } from "../../../../src/services/vm/halted.ts";
import type { Machine } from "../../../../src/services/vm/machines.ts";
import { silentLogger } from "../../../../src/shared/logger.ts";
import { fakeAgent } from "./support/fake-agent.ts";

/** A machine of which each look at its CPU time finds the next of `used`, in microseconds; null: it has ended. */
function machineWith(used: (number | null)[], agent: Promise<GuestAgent>) {
  const killed: string[] = [];
  let looks = 0;
  const usage = async () => {
    const now = used[Math.min(looks, used.length - 1)] ?? null;
    looks += 1;
    return now === null ? null : { cpuMicroseconds: BigInt(now), rssBytes: 0n };
  };
  const deps = {
    host: { process: { usage } },
    vmms: new Map([["qemu", { kill: async () => void killed.push("qemu") }]]),
    machines: { agent: () => agent },
    logger: silentLogger,
  } as unknown as VmDeps;
  const process = { pid: 1, startTimeTicks: 1n, bootId: "", uid: 1 };
  const machine = {
    vm: { id: "a", name: "a" },
    handles: { vmm: "qemu", process },
    gone: Promise.resolve({ code: null, signal: 9 }),
  } as unknown as Machine;
  return { deps, machine, killed, looks: () => looks, end: () => endHalted(deps, machine) };
}

const silent = Promise.resolve({ ...fakeAgent(), health: () => new Promise<never>(() => undefined) });

it("ends a machine whose CPUs stand still and whose agent is silent, once it does", async () => {
  // Two numbers a look: busy, still, busy again, then still for good.
  const used = [0, 900_000, 900_000, 900_000, 900_000, 1_900_000, 1_900_000, 1_910_000];
  const halted = machineWith(used, silent);
  await halted.end();
  expect(halted.killed).toEqual(["qemu"]);
  expect(halted.looks()).toBe(12);
}, 20_000);

it.each([
  ["whose agent answers: a program printed it", [0, 0], Promise.resolve(fakeAgent())],
  ["that has ended", [0, null], silent],
])("leaves a machine alone %s", async (_, used, agent) => {
  const other = machineWith(used, agent);
  await other.end();
  expect(other.killed).toEqual([]);
});

it("looks at a guest once at a time, and once more for all that it said meanwhile (VM-7)", async () => {
  const chatty = machineWith([0], Promise.resolve(fakeAgent()));
  const halted = new HaltedLooks();
  await Promise.all(Array.from({ length: 1_000 }, () => halted.look(chatty.deps, chatty.machine)));
  // Two numbers a look: the first one's, and the one for the 999.
  expect(chatty.looks()).toBe(4);

  await halted.look(chatty.deps, chatty.machine);
  expect(chatty.looks()).toBe(6);
}, 20_000);

it("looks at a machine that was started meanwhile, and not again at one that has ended (VM-7)", async () => {
  const { deps, machine } = machineWith([], silent);
  const asked: number[] = [];
  const usage = async ({ pid }: { pid: number }) => {
    asked.push(pid);
    return null;
  };
  const world = { ...deps, host: { process: { usage } } } as unknown as VmDeps;
  const restarted = { ...machine, handles: { ...machine.handles, process: { pid: 2 } } } as Machine;
  const halted = new HaltedLooks();
  await Promise.all([halted.look(world, machine), halted.look(world, machine)]);
  expect(asked).toEqual([1, 1]);
  await Promise.all([halted.look(world, machine), halted.look(world, restarted)]);
  expect(asked).toEqual([1, 1, 1, 1, 2, 2]);
}, 20_000);
