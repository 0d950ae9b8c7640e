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
