import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { open as openFile } from "node:fs/promises";
import { afterAll, describe, expect, it } from "vitest";
import type { CopyProgress } from "../../src/host/host-ops.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";
import { useScratch } from "./support/scratch.ts";

const MIB = 1024 * 1024;

describe.each(hosts)("clone ($name)", ({ open }) => {
  const host = open();
  const scratch = useScratch();
  afterAll(() => host.close());

  /** 64 MiB long, 1 MiB of data in the middle. */
  async function sparseFile(): Promise<string> {
    const file = scratch.path("source");
    await using handle = await openFile(file, "w");
    await handle.truncate(64 * MIB);
    await handle.write(randomBytes(MIB), 0, MIB, 17 * MIB);
    await handle.sync();
    return file;
  }

  it("copies byte for byte and keeps the holes", async () => {
    const source = await sparseFile();
    const target = scratch.path("target");
    expect(await host.clone.copy(source, target)).toEqual({ dataBytes: BigInt(MIB), method: "copy" });
    expect(readFileSync(target).equals(readFileSync(source))).toBe(true);
    expect(statSync(target).blocks * 512).toBeLessThan(2 * MIB);
    expect(statSync(target).mode & 0o777).toBe(0o600);
  });

  it("tells how far it is, to the end", async () => {
    const source = scratch.path("source");
    writeFileSync(source, Buffer.alloc(40 * MIB, "a"));
    truncateSync(source, 64 * MIB);
    const told: CopyProgress[] = [];
    const { dataBytes } = await host.clone.copy(source, scratch.path("target"), {
      onProgress: (progress) => told.push(progress),
    });
    expect(dataBytes).toBe(BigInt(40 * MIB));
    const size = { sizeBytes: BigInt(64 * MIB) };
    expect(told[0]).toEqual({ ...size, positionBytes: BigInt(16 * MIB), dataBytes: BigInt(16 * MIB) });
    expect(told[1]).toEqual({ ...size, positionBytes: BigInt(32 * MIB), dataBytes: BigInt(32 * MIB) });
    expect(told.at(-1)).toEqual({ ...size, positionBytes: BigInt(64 * MIB), dataBytes });
  });

  it("ends when it is told so, and leaves no target", async () => {
    const source = scratch.path("source");
    writeFileSync(source, Buffer.alloc(40 * MIB, "a"));
    const stop = new AbortController();
    const copies = ["t0", "t1", "t2"].map((name) =>
      expect(
        host.clone.copy(source, scratch.path(name), {
          signal: stop.signal,
          onProgress: () => stop.abort(new Error("enough")),
        }),
      ).rejects.toThrow("enough"),
    );
    await Promise.all(copies);
    await expect(
      host.clone.copy(source, scratch.path("t"), { signal: AbortSignal.abort(new Error("before")) }),
    ).rejects.toThrow("before");
    const fail = () => {
      throw new Error("mine");
    };
    await expect(host.clone.copy(source, scratch.path("t"), { onProgress: fail })).rejects.toThrow("mine");
    expect(readdirSync(scratch.path("."))).toEqual(["source"]);
  });

  it("punches holes: zeros, and the size stays", async () => {
    const file = scratch.path("file");
    const data = randomBytes(MIB);
    writeFileSync(file, data);
    await host.clone.punchHole(file, { offsetBytes: 4096n, lengthBytes: 8192n });
    data.fill(0, 4096, 4096 + 8192);
    expect(readFileSync(file).equals(data)).toBe(true);
    await host.clone.punchHole(file, { offsetBytes: BigInt(MIB) - 100n, lengthBytes: 4096n });
    data.fill(0, MIB - 100);
    expect(readFileSync(file).equals(data)).toBe(true);
    const whole = { offsetBytes: 0n, lengthBytes: 1n };
    await expectHostError(host.clone.punchHole(scratch.path("none"), whole), "ERR_HOST_NOT_FOUND", "ENOENT");
    for (const bad of [{ lengthBytes: 0n }, { offsetBytes: -1n }]) {
      await expectHostError(host.clone.punchHole(file, { ...whole, ...bad }), "ERR_HOST_INVALID", "EINVAL");
    }
  });

  it("preallocates: the file grows, unless it shall not", async () => {
    const file = scratch.path("file");
    writeFileSync(file, "data");
    await host.clone.preallocate(file, { offsetBytes: 0n, lengthBytes: BigInt(MIB), keepSize: true });
    expect(statSync(file).size).toBe(4);
    await host.clone.preallocate(file, { offsetBytes: BigInt(MIB), lengthBytes: BigInt(MIB) });
    expect(statSync(file).size).toBe(2 * MIB);
    expect(readFileSync(file).subarray(0, 5).toString()).toBe("data\0");
    const whole = { offsetBytes: 0n, lengthBytes: 1n };
    await expectHostError(
      host.clone.preallocate(scratch.path("none"), whole),
      "ERR_HOST_NOT_FOUND",
      "ENOENT",
    );
    for (const bad of [{ lengthBytes: 0n }, { offsetBytes: -1n }]) {
      await expectHostError(host.clone.preallocate(file, { ...whole, ...bad }), "ERR_HOST_INVALID", "EINVAL");
    }
  });

  it("reflinks parts of files where it can, at the borders of blocks", async () => {
    const [source, target] = [scratch.path("source"), scratch.path("target")];
    const data = randomBytes(16384 + 100);
    writeFileSync(source, data);
    writeFileSync(target, Buffer.alloc(8192, "t"));
    const range = { source, target, sourceOffsetBytes: 4096n, lengthBytes: 4096n, targetOffsetBytes: 4096n };
    await expectHostError(
      host.clone.reflinkRange({ ...range, target: scratch.path("none") }),
      "ERR_HOST_NOT_FOUND",
      "ENOENT",
    );
    if (!(await host.clone.canReflink(scratch.path(".")))) {
      await expectHostError(host.clone.reflinkRange(range), "ERR_HOST_UNSUPPORTED");
      expect(readFileSync(target, "utf8")).toBe("t".repeat(8192));
      return;
    }
    await host.clone.reflinkRange(range);
    expect(
      readFileSync(target).equals(Buffer.concat([Buffer.alloc(4096, "t"), data.subarray(4096, 8192)])),
    ).toBe(true);
    await host.clone.reflinkRange({ source, target });
    expect(readFileSync(target).equals(data)).toBe(true);
    for (const bad of [{ sourceOffsetBytes: 1n }, { lengthBytes: 4095n }, { lengthBytes: 1n << 20n }]) {
      await expectHostError(host.clone.reflinkRange({ ...range, ...bad }), "ERR_HOST_INVALID", "EINVAL");
    }
  });

  it("copies an empty file, an all-hole file, and one that ends in the middle of a block", async () => {
    for (const [name, bytes] of [
      ["empty", 0],
      ["hole", 10 * MIB],
    ] as const) {
      writeFileSync(scratch.path(name), "");
      truncateSync(scratch.path(name), bytes);
      expect((await host.clone.copy(scratch.path(name), scratch.path(`${name}2`))).dataBytes).toBe(0n);
      expect(statSync(scratch.path(`${name}2`)).size).toBe(bytes);
    }
    const odd = randomBytes(5001);
    writeFileSync(scratch.path("odd"), odd);
    await host.clone.copy(scratch.path("odd"), scratch.path("odd2"));
    expect(readFileSync(scratch.path("odd2")).equals(odd)).toBe(true);
  });

  it("never touches a target that is there", async () => {
    const source = await sparseFile();
    writeFileSync(scratch.path("there"), "mine");
    await expectHostError(host.clone.copy(source, scratch.path("there")), "ERR_HOST_EXISTS", "EEXIST");
    expect(readFileSync(scratch.path("there"), "utf8")).toBe("mine");
  });

  it("leaves nothing when the source cannot be cloned", async () => {
    mkdirSync(scratch.path("directory"));
    await expectHostError(
      host.clone.copy(scratch.path("none"), scratch.path("t")),
      "ERR_HOST_NOT_FOUND",
      "ENOENT",
    );
    await expectHostError(host.clone.copy(scratch.path("directory"), scratch.path("t")), "ERR_HOST_INVALID");
    expect(existsSync(scratch.path("t"))).toBe(false);
  });

  it("reflinks where canReflink says so, and else leaves nothing", async () => {
    const source = await sparseFile();
    const target = scratch.path("target");
    const can = await host.clone.canReflink(scratch.path("."));
    expect(readdirSync(scratch.path("."))).toEqual(["source"]);
    if (!can) {
      await expectHostError(host.clone.reflink(source, target), "ERR_HOST_UNSUPPORTED");
      expect(existsSync(target)).toBe(false);
      return;
    }
    expect(await host.clone.reflink(source, target)).toEqual({ dataBytes: BigInt(MIB), method: "reflink" });
    expect(readFileSync(target).equals(readFileSync(source))).toBe(true);
  });
});
