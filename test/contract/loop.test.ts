import { linkSync, truncateSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { HostOps } from "../../src/host/host-ops.ts";
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

  it("sees that its file has grown, or shrunk", async () => {
    const file = backing();
    const info = await host.loop.attach({
      backingFile: file,
      readOnly: false,
      name: `${PREFIX}a`,
      offsetBytes: BigInt(MIB),
    });
    const { device } = info;
    expect(info).toMatchObject({ sizeBytes: BigInt(3 * MIB), blockSize: 512 });
    truncateSync(file, 8 * MIB + 511);
    expect(await host.loop.status(device)).toEqual(info);
    await host.loop.refreshSize(device);
    expect(await host.loop.status(device)).toMatchObject({ sizeBytes: BigInt(7 * MIB) });
    truncateSync(file, 2 * MIB);
    await host.loop.refreshSize(device);
    expect(await host.loop.status(device)).toMatchObject({ sizeBytes: BigInt(MIB) });
  });

  it("is found by its file, under whatever path", async () => {
    const file = backing();
    linkSync(file, scratch.path("other"));
    expect(await host.loop.lookup(file)).toEqual([]);
    const names = ["a", "b"].map((name) => `${PREFIX}${name}`);
    for (const name of names) await host.loop.attach({ backingFile: file, readOnly: true, name });
    await host.loop.attach({ backingFile: backing("third"), readOnly: true, name: `${PREFIX}c` });
    const found = await host.loop.lookup(scratch.path("other"));
    expect(found.map(({ name }) => name).sort()).toEqual(names);
    await expectHostError(host.loop.lookup(scratch.path("none")), "ERR_HOST_NOT_FOUND", "ENOENT");
  });

  it("turns direct I/O on and off", async () => {
    const info = await host.loop.attach({ backingFile: backing(), readOnly: false, name: `${PREFIX}a` });
    await host.loop.setDirectIo(info.device, true);
    expect(await host.loop.status(info.device)).toEqual({ ...info, directIo: true });
    await host.loop.setDirectIo(info.device, false);
    expect(await host.loop.status(info.device)).toEqual(info);
  });

  it("one that autoclears stays as long as it is held, and goes with who holds it", async () => {
    const spec = { backingFile: backing(), readOnly: false, name: `${PREFIX}a`, autoclear: true };
    const info = await host.loop.attach(spec);
    expect(info).toMatchObject({ autoclear: true, name: spec.name });
    expect(await host.loop.status(info.device)).toEqual(info);
    await host.loop.detach(info.device);
    await gone(host, info.device);
    const other = open();
    const { device } = await other.loop.attach(spec);
    expect(await other.loop.status(device)).toMatchObject({ autoclear: true });
    await other.close();
    await gone(other, device);
  });

  /** A last close is when the kernel clears it; somebody who probes it may hold it a moment longer. */
  async function gone(of: HostOps, device: string): Promise<void> {
    while ((await of.loop.status(device))?.name === `${PREFIX}a`)
      await new Promise((done) => setTimeout(done, 5));
  }

  it("one that autoclears is not left behind by a close() that overtakes it", async () => {
    const spec = { backingFile: backing(), readOnly: false, name: `${PREFIX}a`, autoclear: true };
    const other = open();
    const attaching = Promise.allSettled([1, 2, 3].map(() => other.loop.attach(spec)));
    await other.close();
    for (const result of await attaching)
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "ERR_HOST_CLOSED" });
      else await gone(other, result.value.device);
    await expectHostError(other.loop.attach(spec), "ERR_HOST_CLOSED", "ECANCELED");
    await gone(host, (await host.loop.list(PREFIX))[0]?.device ?? "/dev/loop4095");
    expect(await host.loop.list(PREFIX)).toEqual([]);
  });

  it("is not attached once that was aborted", async () => {
    const spec = { backingFile: backing(), readOnly: true, name: `${PREFIX}a` };
    const abort = new AbortController();
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(host.loop.attach(spec, { signal: abort.signal })).rejects.toBe(reason);
    expect(await host.loop.list(PREFIX)).toEqual([]);
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
    for (const part of [
      { blockSize: 513 },
      { name: "a\0b" },
      { offsetBytes: 2n ** 63n },
      { offsetBytes: -1n },
      { sizeLimitBytes: 2n ** 64n },
    ])
      await expectHostError(host.loop.attach({ ...good, ...part }), "ERR_HOST_INVALID", "EINVAL");
    expect(await host.loop.list(PREFIX)).toEqual([]);
    const info = await host.loop.attach(good);
    await host.loop.detach(info.device);
    await expectHostError(host.loop.refreshSize(info.device), "ERR_HOST_NOT_FOUND", "ENXIO");
    await expectHostError(host.loop.setDirectIo(info.device, true), "ERR_HOST_NOT_FOUND", "ENXIO");
  });
});
