import { truncateSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MIB, read, SnapshotWorld, write } from "./support/snapshot-world.ts";

const world = new SnapshotWorld();

describe("no room for changes (DSK-3)", () => {
  it("a full COW file: writes fail, what was written is kept, also over a detach", async () => {
    const disk = await world.vm("a");
    truncateSync(disk.file, MIB); // by hand: as made, it has room for all
    await world.use(disk, async (device) => {
      await write(device, "a", 0);
      const fill = async () => {
        for (let at = MIB; at < 8 * MIB; at += MIB / 4) await write(device, "f", at, MIB / 4);
      };
      await expect(fill()).rejects.toMatchObject({ code: "EIO" });
      expect(await world.driver.usage(disk)).toMatchObject({ full: true, invalid: false });
      expect([await read(device, 0), await read(device, 6 * MIB)]).toEqual(["aaaa", "iiii"]);
      await expect(write(device, "b", 7 * MIB)).rejects.toMatchObject({ code: "EIO" });
    });
    expect(await world.left()).toEqual([]);
    await world.use(disk, async (device) => expect(await read(device, 0)).toBe("aaaa"));
  });

  it("a full filesystem below it: all is lost, it says so, goes, and is refused", async () => {
    const disk = await world.vm("a", { directory: world.smallDisk(2) });
    await world.use(disk, async (device) => {
      await write(device, "a", 0);
      expect((await world.driver.usage(disk)).hostFreeBytes).toBeLessThan(2 * MIB);
      const fill = async () => {
        for (let at = MIB; at < 8 * MIB; at += MIB / 4) await write(device, "f", at, MIB / 4);
      };
      await expect(fill()).rejects.toMatchObject({ code: "EIO" });
      expect(await world.driver.usage(disk)).toMatchObject({ invalid: true, hostFreeBytes: 0 });
      await expect(read(device, 0)).rejects.toThrow();
    });
    expect(await world.left()).toEqual([]);
    expect(await world.driver.usage(disk)).toMatchObject({ invalid: true });
    await expect(world.driver.attach(disk)).rejects.toMatchObject({ code: "ERR_ROOT_DISK_LOST" });
  });
});
