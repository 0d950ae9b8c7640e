import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
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
});
