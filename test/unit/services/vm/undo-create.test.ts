import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OperationName } from "../../../../src/host/fake/index.ts";
import { client } from "./support/client.ts";
import { World } from "./support/world.ts";

let world: World;

afterEach(() => world.close());

const create = (params = {}) => world.end(world.vms.create({ name: "x", ...params }, client()));

describe.each([false, true])(
  "a creation that fails undoes everything (ST-5, VM-4), disks opened at once: %s",
  (opensDisksAtOnce) => {
    beforeEach(() => {
      world = new World(undefined, [], { opensDisksAtOnce });
    });

    const steps: [OperationName, number][] = [
      ["cgroup.root", 0],
      ["tap.create", 0],
      ["tap.create", 1],
      ["address.add", 0],
      ["link.setUp", 0],
      ["link.setUp", 1],
      ["route.add", 0],
      ["neighbour.set", 0],
      ["file.ensureDirectory", 0],
      ["cgroup.create", 0],
      ["clone.copy", 0],
      ["clone.copy", 1],
      ["clone.adopt", 0],
      ["file.replace", 0],
      ["file.replace", 1],
      ["file.chown", 0],
      ["process.spawn", 0],
    ];

    it.each(steps)("when %s fails after %i good calls", async (operation, after) => {
      world.host.faults.fail(operation, { errnoCode: "EIO", after, times: 1 });
      const ended = await create();
      // Not every world comes to that call a second time: then nothing failed, and the VM is there.
      if (ended.error === undefined) await world.end(world.vms.delete(["x"], true));
      else expect(ended.error.code).toMatch(/^ERR_/);
      expect(world.left()).toEqual([]);
    });

    it("and the same name can be created afterwards", async () => {
      world.host.faults.fail("process.spawn", { errnoCode: "ENOMEM" });
      expect((await create()).error).toBeDefined();
      expect((await create()).error).toBeUndefined();
    });

    it("leaves a TAP that is somebody else's alone", async () => {
      world.host.kernel.addLink("bgr1", "tun", undefined, 4242);
      expect((await create()).error).toMatchObject({ code: "ERR_TAP_TAKEN" });
      expect(world.left()).toEqual(["bgr1"]);
    });

    it("undoes a boot that is cancelled while it waits for the guest", async () => {
      world.guest = "hangs";
      const id = world.vms.create({ name: "x" }, client());
      while (world.deps.machines.running.length === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(await world.operations.cancel(id)).toBe(true);
      expect((await world.end(id)).error).toMatchObject({ code: "ERR_CANCELLED" });
      expect(world.left()).toEqual([]);
    });

    it("keeps a VM whose guest died before it answered, stopped and released, and no longer bound to its client", async () => {
      world.guest = "dies";
      const connection = client();
      const ended = await world.end(world.vms.create({ name: "x", autoRemove: true }, connection));
      expect(ended.error).toMatchObject({ code: "ERR_GUEST_DIED" });
      connection.go();
      await world.vms.close();
      expect(world.state.vms.list()).toMatchObject([{ name: "x", desired: "stopped", autoRemove: false }]);
      expect([...world.host.kernel.links.keys()]).not.toContain("bgr1");
    });
  },
);
