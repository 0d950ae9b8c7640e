import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
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

  it("are those of a file that is taken as the copy, too; nothing of it is copied", async () => {
    const [file, name] = [source(), scratch.path("name")];
    const { ino } = statSync(file);
    await host.clone.adopt(file, scratch.path("part"), {
      mode: 0o640,
      owner: OWNER,
      extraBytes: 4096n,
      name,
    });
    const made = statSync(name);
    expect([made.ino, made.mode & 0o777, made.uid, made.gid]).toEqual([ino, 0o640, 4242, 4243]);
    expect([made.size, made.nlink, readdirSync(scratch.path("."))]).toEqual([MIB + 4096, 1, ["name"]]);
  });

  it("are one's of many that take a file at once; the others are told that it is gone", async () => {
    const file = source();
    const taken = await Promise.allSettled(
      ["a", "b", "c", "d"].map((name) => host.clone.adopt(file, scratch.path(name))),
    );
    expect(taken.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const each of taken)
      if (each.status === "rejected") expect(each.reason).toMatchObject({ code: "ERR_HOST_NOT_FOUND" });
    expect(readdirSync(scratch.path("."))).toHaveLength(1);
  });

  it("a file is taken by its name only where that is free, and it is one", async () => {
    const [file, part, name] = [source(), scratch.path("part"), scratch.path("taken")];
    writeFileSync(part, "mine");
    await expectHostError(host.clone.adopt(file, part), "ERR_HOST_EXISTS", "EEXIST");
    await expectHostError(host.clone.adopt(scratch.path("."), scratch.path("d")), "ERR_HOST_INVALID");
    symlinkSync(file, scratch.path("link"));
    await expectHostError(host.clone.adopt(scratch.path("link"), scratch.path("d")), "ERR_HOST_INVALID");
    await expectHostError(host.clone.adopt(scratch.path("none"), scratch.path("n")), "ERR_HOST_NOT_FOUND");
    expect([readFileSync(part, "utf8"), existsSync(file)]).toEqual(["mine", true]);
    writeFileSync(name, "mine");
    // From its first name on it is the one that is made.
    const late = host.clone.adopt(file, scratch.path("first"), { name });
    await expectHostError(late, "ERR_HOST_EXISTS", "EEXIST");
    expect([readFileSync(name, "utf8"), existsSync(file)]).toEqual(["mine", false]);
    expect(readdirSync(scratch.path("."))).toEqual(["link", "part", "taken"]);
  });
});
