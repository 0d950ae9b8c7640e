import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { boot } from "../../../../src/services/vm/boot.ts";
import { World } from "./support/world.ts";

let world: World;

beforeEach(() => {
  world = new World();
});

afterEach(() => world.close());

it("a disk that fails before anything else is made fails the creation, and not the daemon (VM-4)", async () => {
  await world.end(world.vms.create({ name: "x", noStart: true }, { onClose: () => undefined }));
  // Vitest fails on a rejection that nobody handles; the daemon ends.
  const { id } = world.operations.begin("vm.create", (context) =>
    boot(world.deps, world.vms.find("x"), context, {
      makeDisks() {
        const root = Promise.reject(new Error("no disk"));
        return { root, all: root, recorded: root };
      },
      accelerator: "tcg",
    }),
  );
  expect(await world.end(id)).toMatchObject({ error: { message: "no disk" } });
  expect([...world.host.kernel.links.keys()]).not.toContain("bgr1");
});

it("what an earlier VMM may have left goes before the next one starts; a new VM has nothing (VMM-2)", async () => {
  const steps: string[] = [];
  const vmm = world.deps.vmms.get("qemu");
  if (vmm === undefined) throw new Error("no fake VMM");
  const { start } = vmm;
  vi.spyOn(vmm, "cleanUp").mockImplementation(async () => void steps.push("clean up"));
  vi.spyOn(vmm, "start").mockImplementation((machine) => {
    steps.push("start");
    return start(machine);
  });
  await world.end(world.vms.create({ name: "x" }, { onClose: () => undefined }));
  expect(steps).toEqual(["start"]);
  await world.end(world.vms.kill(["x"]));
  steps.length = 0;
  await world.end(world.vms.start(["x"]));
  expect(steps).toEqual(["clean up", "start"]);
});
