import path from "node:path";
import { describe, expect, it } from "vitest";
import { DiskWorld, imageId, MIB } from "./support/disk-world.ts";

const world = new DiskWorld();

describe("attach at a VM's first start", () => {
  it("makes the image's device while the VM's own file is only being made", async () => {
    const { names, rootfs, fake } = world;
    const a = { ...(await world.vm("a")), file: path.join(world.directory, "new.img") };
    const file = Promise.withResolvers<void>();
    const attached = world.driver.attach(a, file.promise);
    await expect.poll(() => [...fake.kernel.devices.keys()]).toEqual([names.image(imageId)]);
    await world.driver.create({ rootfs, target: a.file, overlaySizeBytes: 16 * MIB });
    file.resolve();
    await attached;
    expect([...fake.kernel.devices.keys()]).toContain(names.vm("a"));
    await world.driver.detach(a);
    expect(world.left()).toEqual([]);
  });

  it("leaves nothing where that file cannot be made", async () => {
    const a = await world.vm("a");
    const made = Promise.reject(new Error("no room"));
    made.catch(() => undefined);
    await expect(world.driver.attach(a, made)).rejects.toThrow("no room");
    expect(world.left()).toEqual([]);
  });
});
