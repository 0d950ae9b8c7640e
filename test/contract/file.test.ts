import {
  chmodSync,
  chownSync,
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

const OWNER = { uid: 611_001, gid: 611_002, mode: 0o700 };

describe.each(hosts)("file ($name)", ({ open }) => {
  const host = open();
  const scratch = useScratch();
  afterAll(() => host.close());

  const facts = (path: string) => {
    const { uid, gid, mode } = statSync(path);
    return { uid, gid, mode: mode & 0o7777 };
  };

  it("makes a new file of holes with its mode, whatever the umask is", async () => {
    const file = scratch.path("hole");
    const umask = process.umask(0o077);
    await host.file.create(file, { mode: 0o640, sizeBytes: 1n << 40n }).finally(() => process.umask(umask));
    expect(facts(file)).toEqual({ uid: process.getuid?.(), gid: process.getgid?.(), mode: 0o640 });
    expect(statSync(file).size).toBe(2 ** 40);
    expect(statSync(file).blocks).toBe(0);
  });

  it("makes no new file in the place of another or of a link, and leaves none that cannot be so large", async () => {
    writeFileSync(scratch.path("file"), "mine");
    symlinkSync(scratch.path("nowhere"), scratch.path("link"));
    const small = { mode: 0o600, sizeBytes: 1n };
    for (const name of ["file", "link"])
      await expectHostError(host.file.create(scratch.path(name), small), "ERR_HOST_EXISTS", "EEXIST");
    expect(readFileSync(scratch.path("file"), "utf8")).toBe("mine");
    expect(existsSync(scratch.path("nowhere"))).toBe(false);
    const large = { mode: 0o600, sizeBytes: 1n << 63n };
    await expectHostError(host.file.create(scratch.path("large"), large), "ERR_HOST_NO_SPACE", "EFBIG");
    expect(existsSync(scratch.path("large"))).toBe(false);
    await expectHostError(host.file.create(scratch.path("no/such"), small), "ERR_HOST_NOT_FOUND");
  });

  it("replaces a file by one with its text and mode, whatever was there and whatever a crash has left", async () => {
    const file = scratch.path("file");
    const umask = process.umask(0o077);
    try {
      await host.file.replace(file, { mode: 0o644, text: "old" });
      writeFileSync(`${file}.tmp`, "x".repeat(65_536));
      chmodSync(`${file}.tmp`, 0o777);
      await host.file.replace(file, { mode: 0o640, text: "näu\n" });
      symlinkSync(scratch.path("nowhere"), `${file}.tmp`);
      await host.file.replace(file, { mode: 0o640, text: "näu\n" });
    } finally {
      process.umask(umask);
    }
    expect([readFileSync(file, "utf8"), facts(file).mode]).toEqual(["näu\n", 0o640]);
    expect(readdirSync(scratch.path("."))).toEqual(["file"]);
  });

  it("leaves the old file, and nothing beside it, where it cannot be replaced", async () => {
    const text = { mode: 0o600, text: "new" };
    mkdirSync(scratch.path("d/in"), { recursive: true });
    await expectHostError(host.file.replace(scratch.path("d"), text), "ERR_HOST_INVALID", "EISDIR");
    await expectHostError(host.file.replace(scratch.path("no/such"), text), "ERR_HOST_NOT_FOUND");
    const nul = { mode: 0o600, text: "a\0b" };
    await expectHostError(host.file.replace(scratch.path("file"), nul), "ERR_HOST_INVALID");
    expect(readdirSync(scratch.path("."))).toEqual(["d"]);
  });

  it("makes a directory with owner and mode, and again", async () => {
    await host.file.ensureDirectory(scratch.path("d"), OWNER);
    await host.file.ensureDirectory(scratch.path("d"), OWNER);
    expect(facts(scratch.path("d"))).toEqual(OWNER);
  });

  it("tightens a loose one", async () => {
    await host.file.ensureDirectory(scratch.path("d"), OWNER);
    chmodSync(scratch.path("d"), 0o777);
    await host.file.ensureDirectory(scratch.path("d"), OWNER);
    expect(facts(scratch.path("d"))).toEqual(OWNER);
  });

  it("refuses another's directory, a file and a symlink, and leaves them as they are", async () => {
    mkdirSync(scratch.path("other"), { mode: 0o755 });
    chownSync(scratch.path("other"), 611_009, 611_009);
    writeFileSync(scratch.path("file"), "mine");
    mkdirSync(scratch.path("real"));
    symlinkSync(scratch.path("real"), scratch.path("link"));
    for (const name of ["other", "file", "link"]) {
      await expectHostError(host.file.ensureDirectory(scratch.path(name), OWNER), "ERR_HOST_INVALID");
    }
    expect(facts(scratch.path("other"))).toEqual({ uid: 611_009, gid: 611_009, mode: 0o755 });
    expect(statSync(scratch.path("real")).uid).toBe(0);
    expect(readFileSync(scratch.path("file"), "utf8")).toBe("mine");
    await expectHostError(host.file.ensureDirectory(scratch.path("no/such"), OWNER), "ERR_HOST_NOT_FOUND");
  });

  it("gives nothing to the uid or gid that means as it is", async () => {
    const none = 0xffff_ffff;
    writeFileSync(scratch.path("file"), "", { mode: 0o600 });
    await expectHostError(host.file.chown(scratch.path("file"), none, 0), "ERR_HOST_INVALID");
    await expectHostError(host.file.chown(scratch.path("file"), 0, none), "ERR_HOST_INVALID");
    const set = host.file.set(scratch.path("file"), { mode: 0o644, owner: { uid: none, gid: 0 } });
    await expectHostError(set, "ERR_HOST_INVALID");
    for (const owner of [
      { ...OWNER, uid: none },
      { ...OWNER, gid: none },
    ])
      await expectHostError(host.file.ensureDirectory(scratch.path("d"), owner), "ERR_HOST_INVALID");
    expect(existsSync(scratch.path("d"))).toBe(false);
  });

  it("changes owner and mode of the thing itself, never through a symlink", async () => {
    writeFileSync(scratch.path("file"), "", { mode: 0o644 });
    symlinkSync(scratch.path("file"), scratch.path("link"));
    await host.file.chown(scratch.path("link"), 611_001, 611_001);
    await expectHostError(host.file.chmod(scratch.path("link"), 0o777), "ERR_HOST_INVALID");
    expect(facts(scratch.path("file"))).toEqual({ uid: 0, gid: 0, mode: 0o644 });
    await host.file.chown(scratch.path("file"), 611_001, 611_002);
    await host.file.chmod(scratch.path("file"), 0o640);
    expect(facts(scratch.path("file"))).toEqual({ uid: 611_001, gid: 611_002, mode: 0o640 });
    await expectHostError(host.file.chown(scratch.path("none"), 1, 1), "ERR_HOST_NOT_FOUND", "ENOENT");
    await expectHostError(host.file.chmod(scratch.path("none"), 0o600), "ERR_HOST_NOT_FOUND", "ENOENT");
  });

  it("sets mode, size and owner at once, what is left out stays", async () => {
    const file = scratch.path("file");
    writeFileSync(file, "data", { mode: 0o644 });
    await host.file.set(file, { mode: 0o600, sizeBytes: 1n << 40n, owner: { uid: 611_001, gid: 611_002 } });
    expect(facts(file)).toEqual({ uid: 611_001, gid: 611_002, mode: 0o600 });
    expect(statSync(file).size).toBe(2 ** 40);
    expect(statSync(file).blocks).toBeLessThan(100);
    await host.file.set(file, { sizeBytes: 2n });
    expect(readFileSync(file, "utf8")).toBe("da");
    await host.file.set(file, {});
    expect(facts(file)).toEqual({ uid: 611_001, gid: 611_002, mode: 0o600 });
  });

  it("sets nothing through a symlink, and nothing behind what failed", async () => {
    const file = scratch.path("file");
    writeFileSync(file, "data", { mode: 0o644 });
    symlinkSync(file, scratch.path("link"));
    await expectHostError(host.file.set(scratch.path("link"), { mode: 0o600 }), "ERR_HOST_INVALID");
    await expectHostError(
      host.file.set(scratch.path("link"), { sizeBytes: 0n }),
      "ERR_HOST_INVALID",
      "ELOOP",
    );
    expect(facts(file)).toEqual({ uid: 0, gid: 0, mode: 0o644 });
    expect(readFileSync(file, "utf8")).toBe("data");
    await expectHostError(
      host.file.set(scratch.path("none"), { sizeBytes: 1n }),
      "ERR_HOST_NOT_FOUND",
      "ENOENT",
    );
    // A directory has a mode, but no size to set.
    mkdirSync(scratch.path("d"), { mode: 0o755 });
    const all = { mode: 0o700, sizeBytes: 1n, owner: { uid: 611_001, gid: 611_001 } };
    await expectHostError(host.file.set(scratch.path("d"), all), "ERR_HOST_INVALID", "EISDIR");
    expect(facts(scratch.path("d"))).toEqual({ uid: 0, gid: 0, mode: 0o700 });
  });
});
