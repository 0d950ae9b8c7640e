import { truncateSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";
import { useScratch } from "./support/scratch.ts";

const PREFIX = "banger-contract-";
const MIB = 1024 * 1024;

describe.each(hosts)("loop ($name)", ({ open }) => {
  const host = open();
  const scratch = useScratch();
  afterEach(async () => {
    for (const info of await host.loop.list(PREFIX)) await host.loop.detach(info.device);
  });
  afterAll(() => host.close());

  function backing(name = "disk", bytes = 4 * MIB): string {
    const file = scratch.path(name);
    writeFileSync(file, "");
    truncateSync(file, bytes);
    return file;
  }

  it("attaches under a name, is found by it, and detaches", async () => {
    const info = await host.loop.attach({ backingFile: backing(), readOnly: false, name: `${PREFIX}a` });
    expect(info).toMatchObject({ name: `${PREFIX}a`, readOnly: false, offsetBytes: 0n, sizeLimitBytes: 0n });
    expect(info.device).toBe(`/dev/loop${info.index}`);
    expect(await host.loop.list(PREFIX)).toEqual([info]);
    expect(await host.loop.list(`${PREFIX}b`)).toEqual([]);
    expect(await host.loop.status(info.device)).toEqual(info);
    await host.loop.detach(info.device);
    expect(await host.loop.status(info.device)).toBeNull();
    expect(await host.loop.list(PREFIX)).toEqual([]);
  });

  it("keeps offset, limit, read-only and block size", async () => {
    const info = await host.loop.attach({
      backingFile: backing(),
      readOnly: true,
      name: `${PREFIX}${"n".repeat(63 - PREFIX.length)}`,
      offsetBytes: BigInt(MIB),
      sizeLimitBytes: BigInt(2 * MIB),
      blockSize: 4096,
    });
    expect(info).toMatchObject({ readOnly: true, offsetBytes: BigInt(MIB), sizeLimitBytes: BigInt(2 * MIB) });
    expect(info.name).toHaveLength(63);
  });

  it("detaching what is not attached, or not there at all, succeeds", async () => {
    const info = await host.loop.attach({ backingFile: backing(), readOnly: true, name: `${PREFIX}a` });
    await host.loop.detach(info.device);
    await host.loop.detach(info.device);
    await host.loop.detach("/dev/loop4095");
    expect(await host.loop.status("/dev/loop4095")).toBeNull();
  });

  it("attaches eight at once, each to a device of its own", async () => {
    const files = Array.from({ length: 8 }, (_, index) => backing(`disk${index}`));
    const attached = await Promise.all(
      files.map((backingFile, index) =>
        host.loop.attach({ backingFile, readOnly: index % 2 === 0, name: `${PREFIX}${index}` }),
      ),
    );
    expect(new Set(attached.map((info) => info.device)).size).toBe(8);
    expect(new Set(attached.map((info) => info.backingInode)).size).toBe(8);
    await Promise.all(attached.map((info) => host.loop.detach(info.device)));
    expect(await host.loop.list(PREFIX)).toEqual([]);
  });

  it("says what is wrong", async () => {
    const good = { backingFile: backing(), readOnly: true, name: `${PREFIX}a` };
    await expectHostError(
      host.loop.attach({ ...good, backingFile: scratch.path("none") }),
      "ERR_HOST_NOT_FOUND",
      "ENOENT",
    );
    await expectHostError(
      host.loop.attach({ ...good, name: "n".repeat(64) }),
      "ERR_HOST_INVALID",
      "ENAMETOOLONG",
    );
    await expectHostError(host.loop.attach({ ...good, blockSize: 513 }), "ERR_HOST_INVALID", "EINVAL");
    expect(await host.loop.list(PREFIX)).toEqual([]);
    const info = await host.loop.attach(good);
    await host.loop.detach(info.device);
    await expectHostError(host.loop.refreshSize(info.device), "ERR_HOST_NOT_FOUND", "ENXIO");
  });
});
