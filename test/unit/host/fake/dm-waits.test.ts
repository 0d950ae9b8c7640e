import { describe, expect, it } from "vitest";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";

describe("events of the fake's device-mapper", () => {
  it("come when a test says so, to all who wait for that device", async () => {
    const fake = openFakeHostOps();
    for (const name of ["a", "b"]) {
      await fake.dm.create({ name, table: [{ type: "zero", lengthSectors: 8n }], readOnly: true });
    }
    const events = [fake.dm.waitEvent("a"), fake.dm.waitEvent("a", { after: 0 })];
    const other = fake.dm.waitEvent("b").catch((error: { code: string }) => error.code);
    await fake.dm.status("a");
    fake.kernel.dmEvent("a");
    for (const event of await Promise.all(events)) expect(event).toMatchObject({ name: "a", eventNumber: 1 });
    expect(await fake.dm.waitEvent("a", { after: 0 })).toMatchObject({ eventNumber: 1 });
    await fake.close();
    expect(await other).toBe("ERR_HOST_CLOSED");
  });

  it("fail by name, as all operations", async () => {
    const fake = openFakeHostOps();
    fake.faults.fail("dm.waitEvent", { errnoCode: "ENXIO", syscall: "ioctl(DM_DEV_STATUS)" });
    await expect(fake.dm.waitEvent("a")).rejects.toMatchObject({ code: "ERR_HOST_NOT_FOUND" });
    fake.faults.fail("clone.preallocate", { errnoCode: "ENOSPC", syscall: "fallocate" });
    const range = { offsetBytes: 0n, lengthBytes: 1n };
    await expect(fake.clone.preallocate("/none", range)).rejects.toMatchObject({ code: "ERR_HOST_NO_SPACE" });
  });
});
