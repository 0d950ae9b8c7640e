import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OperationEvent } from "../../../../src/domain/operation.ts";
import type { ConsoleWord } from "../../../../src/domain/ports.ts";
import { type GuestBehaviour, World } from "./support/world.ts";

let world: World;
/** What the consoles of guests say that die. */
let said: ConsoleWord;
/** How many boots of the VM's guest die. */
let deaths: number;
let boots: number;
/** What the guest does in a boot that it does not die of. */
let later: GuestBehaviour;

beforeEach(() => {
  world = new World();
  said = "no timer";
  [deaths, boots, later] = [1, 0, "answers"];
  const vmm = world.deps.vmms.get("qemu");
  if (vmm === undefined) throw new Error("no fake VMM");
  const { start } = vmm;
  vi.spyOn(vmm, "followConsole").mockImplementation(async (_, onWord) => {
    // A console may be read when its VMM's end has been seen.
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (world.guest === "dies") onWord(said);
  });
  vi.spyOn(vmm, "start").mockImplementation((machine) => {
    boots += 1;
    world.guest = boots <= deaths ? "dies" : later;
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

  it("is what it was in the first boot's wait, and a cancel ends the second (VM-4)", async () => {
    later = "hangs";
    const operation = await begin();
    let waits = 0;
    for await (const event of world.operations.watch(operation)) {
      if (event.type !== "stage" || event.state !== "start") continue;
      if (event.name !== "guest" || ++waits < 2) continue;
      expect(world.deps.machines.state(world.vms.find("x").id)).toBe(
        which === "create" ? "starting" : "running",
      );
      expect(await world.operations.cancel(operation)).toBe(true);
    }
    expect([boots, world.deps.machines.running]).toEqual([2, []]);
    expect(world.left()).toEqual(which === "create" ? [] : expect.arrayContaining(["x"]));
  });

  it("has the first one's end as its error where it cannot be booted again (RUN-5)", async () => {
    const problem = { code: "ERR_NO_LUCK", message: "no luck", next: "" } as const;
    vi.spyOn(world.deps.network, "preflight").mockImplementation(async () => (boots === 0 ? [] : [problem]));
    const events = await eventsOf(await begin());
    expect(events).toContainEqual({ type: "warning", text: expect.stringContaining("no luck") });
    expect(JSON.stringify(events.at(-1))).toContain("ERR_GUEST_DIED");
    expect([boots, world.deps.machines.running]).toEqual([1, []]);
  });
});

it("a guest that dies of anything else is not booted again", async () => {
  said = "halted";
  expect((await world.end(create())).error).toMatchObject({ code: "ERR_GUEST_DIED" });
  expect(boots).toBe(1);
});
