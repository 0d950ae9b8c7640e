import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OperationEvent } from "../../../../src/domain/operation.ts";
import { World } from "./support/world.ts";

const NO_TIMER = "banger-init: timer: the kernel has found none, and nothing that waits would ever go on\r\n";

let world: World;
/** What consoles say of guests that have died. */
let said: string;
/** How many boots of the VM's guest die. */
let deaths: number;
let boots: number;

beforeEach(() => {
  world = new World();
  said = `Linux version 6.1\r\n${NO_TIMER}`;
  [deaths, boots] = [1, 0];
  const vmm = world.deps.vmms.get("qemu");
  if (vmm === undefined) throw new Error("no fake VMM");
  const { start } = vmm;
  vi.spyOn(vmm, "logTail").mockImplementation(async () => said);
  vi.spyOn(vmm, "start").mockImplementation((machine) => {
    boots += 1;
    world.guest = boots <= deaths ? "dies" : "answers";
    return start(machine);
  });
});

afterEach(() => world.close());

const create = (options: { noStart?: boolean } = {}) =>
  world.vms.create({ name: "x", ...options }, { onClose: () => undefined });

async function eventsOf(operation: string): Promise<OperationEvent[]> {
  const events: OperationEvent[] = [];
  for await (const event of world.operations.watch(operation)) events.push(event);
  return events;
}

describe.each(["create", "start"] as const)("%s, when the guest's kernel has found no timer", (which) => {
  const begin = async () => {
    if (which === "create") return create();
    await world.end(create({ noStart: true }));
    return world.vms.start(["x"]);
  };

  it("boots it once more, and says so", async () => {
    const events = await eventsOf(await begin());
    expect(events.at(-1)).toMatchObject({ type: "done" });
    expect(events).toContainEqual({ type: "note", text: expect.stringContaining("found no timer") });
    expect([boots, world.deps.machines.running.length]).toEqual([2, 1]);
  });

  it("fails when that finds none either", async () => {
    deaths = 2;
    // Of several VMs each has its own outcome in the result.
    expect(JSON.stringify(await world.end(await begin()))).toContain("ERR_GUEST_DIED");
    expect([boots, world.deps.machines.running]).toEqual([2, []]);
  });
});

it("a guest that dies of anything else is not booted again", async () => {
  said = "Kernel panic - not syncing\r\nguest: banger-init: timer: as a program may say\r\n";
  expect((await world.end(create())).error).toMatchObject({ code: "ERR_GUEST_DIED" });
  expect(boots).toBe(1);
});

it("one that is cancelled while its second boot is waited for leaves nothing", async () => {
  deaths = 1;
  const operation = create();
  for await (const event of world.operations.watch(operation)) {
    if (event.type !== "note" || !event.text.includes("found no timer")) continue;
    vi.spyOn(world.deps.machines, "agent").mockImplementation(() => new Promise(() => undefined));
    expect(await world.operations.cancel(operation)).toBe(true);
  }
  expect(world.left()).toEqual([]);
});
