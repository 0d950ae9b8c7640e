import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";
import { useScratch } from "./support/scratch.ts";

const MIB = 1024 * 1024;
const OWNER = { uid: 4242, gid: 4243 };

describe.each(hosts)("a clone's own name, mode, owner and size ($name)", ({ open }) => {
  const host = open();
  const scratch = useScratch();
  afterAll(() => host.close());

  function source(): string {
    const file = scratch.path("source");
    writeFileSync(file, Buffer.alloc(MIB, "a"));
    return file;
  }

  it("are there at once, and the first name is not", async () => {
    const [part, name] = [scratch.path("part"), scratch.path("name")];
    await host.clone.copy(source(), part, {
      mode: 0o640,
      owner: OWNER,
      minimumBytes: BigInt(3 * MIB),
      extraBytes: 4096n,
      name,
    });
    expect(existsSync(part)).toBe(false);
    const made = statSync(name);
    expect([made.mode & 0o777, made.uid, made.gid, made.size]).toEqual([0o640, 4242, 4243, 3 * MIB]);
    expect(readFileSync(name).subarray(0, MIB).equals(Buffer.alloc(MIB, "a"))).toBe(true);
    expect(made.blocks * 512).toBeLessThan(2 * MIB);
  });

  it("has the room that is asked for beyond its source, and is never cut", async () => {
    const [more, less] = [scratch.path("more"), scratch.path("less")];
    await host.clone.copy(source(), more, { extraBytes: 4096n });
    await host.clone.copy(source(), less, { minimumBytes: 1n });
    expect([statSync(more).size, statSync(less).size]).toEqual([MIB + 4096, MIB]);
  });

  it("a name that is taken, or lies nowhere, leaves what is there, and nothing else", async () => {
    const name = scratch.path("taken");
    writeFileSync(name, "mine");
    const taken = host.clone.copy(source(), scratch.path("part"), { name });
    await expectHostError(taken, "ERR_HOST_EXISTS", "EEXIST");
    expect(readFileSync(name, "utf8")).toBe("mine");
    const nowhere = host.clone.copy(source(), scratch.path("part"), { name: scratch.path("no/where") });
    await expectHostError(nowhere, "ERR_HOST_NOT_FOUND", "ENOENT");
    expect(readdirSync(scratch.path("."))).toEqual(["source", "taken"]);
  });

  it("a first name that is taken is not touched", async () => {
    const part = scratch.path("part");
    mkdirSync(part);
    await expectHostError(
      host.clone.copy(source(), part, { name: scratch.path("name") }),
      "ERR_HOST_EXISTS",
      "EEXIST",
    );
    expect(statSync(part).isDirectory()).toBe(true);
  });

  it("a size that no file has is refused, and leaves nothing", async () => {
    const target = scratch.path("target");
    await expectHostError(
      host.clone.copy(source(), target, { minimumBytes: 2n ** 63n }),
      "ERR_HOST_NO_SPACE",
      "EFBIG",
    );
    expect(existsSync(target)).toBe(false);
  });

  it("an owner that would be whoever makes it is refused", async () => {
    const target = scratch.path("target");
    for (const owner of [
      { ...OWNER, uid: 0xffff_ffff },
      { ...OWNER, gid: -1 },
    ])
      await expectHostError(host.clone.copy(source(), target, { owner }), "ERR_HOST_INVALID", "EINVAL");
    expect(existsSync(target)).toBe(false);
  });

  it("shares blocks where that works and is wanted, and copies elsewhere", async () => {
    const works = await host.clone.canReflink(scratch.path("."));
    const target = scratch.path("target");
    const { method } = await host.clone.copy(source(), target, { sharing: "auto", extraBytes: 4096n });
    expect(method).toBe(works ? "reflink" : "copy");
    expect(statSync(target).size).toBe(MIB + 4096);
    expect(readFileSync(target).subarray(0, MIB).equals(Buffer.alloc(MIB, "a"))).toBe(true);
  });
});
