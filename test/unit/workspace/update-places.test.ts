import { existsSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestRepository } from "../../support/git-repository.ts";
import { Here } from "../../support/prepare-here.ts";

let here: Here;
let repo: TestRepository;

beforeEach(() => {
  here = new Here();
  repo = here.repo;
});
afterEach(() => here.dispose());

const guestFile = (name: string) => path.join(here.home, "repo", name);

describe("a second prepare where a path becomes another thing", { timeout: 120_000 }, () => {
  beforeEach(async () => {
    for (const name of ["d/x", "d/e/y", "other/x"]) repo.write(name, "same");
    repo.link("link", "other");
    repo.commit();
    await here.prepare();
  });

  it("a directory becomes a file, or a link; a link becomes a directory that has the same files", async () => {
    repo.remove("d");
    repo.write("d", "a file now");
    repo.remove("link");
    repo.write("link/x", "same");
    repo.remove("other");
    repo.link("other", "link");
    repo.git("add", "-A");
    expect(await here.prepare()).toMatchObject({ kind: "update" });
    expect(here.read("d")).toBe("a file now");
    expect(here.read("link/x")).toBe("same");
    expect(readlinkSync(guestFile("other"))).toBe("link");
    expect(await here.prepare()).toMatchObject({ kind: "unchanged" });
  });

  it.each([
    ["the directory has a file of the guest's", () => writeFileSync(guestFile("d/e/made"), "")],
    ["the directory has a directory of the guest's", () => mkdirSync(guestFile("d/made"))],
    [
      "the guest has moved the directory, and left a link",
      () => {
        renameSync(guestFile("d"), guestFile("moved"));
        symlinkSync("moved", guestFile("d"));
      },
    ],
  ])("stops where %s", async (_name, change) => {
    repo.remove("d");
    repo.write("d", "a file now");
    repo.git("add", "-A");
    change();
    await expect(here.prepare()).rejects.toMatchObject({ code: "ERR_GUEST_CHANGED" });
    expect(existsSync(guestFile(".git/banger/applying"))).toBe(false);
  });

  it.each([
    ["a link of the guest's stands for a directory", () => symlinkSync("moved", guestFile("d"))],
    ["a file of the guest's does", () => writeFileSync(guestFile("d"), "")],
    ["a file stands where a new directory would be", () => writeFileSync(guestFile("new"), "")],
  ])("stops where %s, before it changes anything", async (_name, change) => {
    renameSync(guestFile("d"), guestFile("moved"));
    change();
    if (existsSync(guestFile("new"))) renameSync(guestFile("moved"), guestFile("d"));
    repo.write("d/x", "changed");
    repo.write("new/inner", "new");
    repo.git("add", "-A");
    await expect(here.prepare()).rejects.toMatchObject({ code: "ERR_GUEST_CHANGED" });
    expect(existsSync(guestFile(".git/banger/applying"))).toBe(false);
  });
});

describe("a second prepare of submodules", { timeout: 120_000 }, () => {
  let inner: TestRepository;
  beforeEach(async () => {
    inner = new TestRepository("inner", repo.parent);
    inner.write("i");
    inner.commit();
    repo.git("submodule", "--quiet", "add", inner.top, "sub");
    repo.commit();
    await here.prepare({ fullCopy: true });
    writeFileSync(guestFile("sub/made"), "the guest's");
  });

  it("sends what changed, and keeps what the guest made", async () => {
    expect(await here.prepare({ fullCopy: true })).toMatchObject({ kind: "unchanged" });
    repo.write("sub/i", "changed");
    repo.write("a", "new");
    const head = repo.commit();
    expect(await here.prepare({ fullCopy: true })).toMatchObject({ kind: "update", files: 2, base: head });
    expect(here.read("sub/i")).toBe("changed");
    expect(here.read("sub/made")).toBe("the guest's");
    expect(here.git("status", "--porcelain")).toBe(" M sub");
  });

  it("stops where the guest has committed in one", async () => {
    here.git("-C", "sub", "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x", "--allow-empty");
    await expect(here.prepare({ fullCopy: true })).rejects.toMatchObject({ code: "ERR_GUEST_CHANGED" });
  });

  it.each([
    [
      "one is at another commit here",
      { fullCopy: true },
      ["sub", "commit", "-q", "--allow-empty", "-m", "x"],
    ],
    ["they are to be left out now", { fullCopy: false }, ["sub", "status"]],
  ])("replaces nothing without --force where %s", async (_name, options, [at = "", ...args]) => {
    repo.git("-C", at, "-c", "user.name=x", "-c", "user.email=x@y", ...args);
    await expect(here.prepare(options)).rejects.toMatchObject({ code: "ERR_WHOLE_COPY" });
    expect(here.read("sub/made")).toBe("the guest's");
    expect(await here.prepare({ ...options, force: true })).toMatchObject({ kind: "copy" });
  });
});

describe("a second prepare of a branch without a commit", { timeout: 120_000 }, () => {
  beforeEach(async () => {
    repo.write("a");
    repo.git("add", "a");
    await here.prepare();
    writeFileSync(guestFile("made"), "the guest's");
  });

  it("brings its first commit, and keeps what the guest made", async () => {
    const head = repo.commit();
    expect(await here.prepare()).toMatchObject({ kind: "update", base: head });
    expect(here.git("rev-parse", "main")).toBe(head);
    expect(here.git("status", "--porcelain")).toBe("?? made");
  });

  it("replaces nothing without --force where the guest has a commit, and the checkout none", async () => {
    repo.commit();
    await here.prepare();
    repo.git("checkout", "-q", "--orphan", "empty");
    await expect(here.prepare()).rejects.toMatchObject({ code: "ERR_WHOLE_COPY" });
    expect(here.read("made")).toBe("the guest's");
  });
});

describe("a second prepare of another branch", { timeout: 120_000 }, () => {
  const commit = ["-c", "user.name=x", "-c", "user.email=x@y", "commit", "-q", "--allow-empty", "-m", "x"];

  it("stops where the guest has commits of its own on that one, and moves one that has none", async () => {
    repo.write("a");
    repo.commit();
    await here.prepare();
    here.git("checkout", "-q", "-b", "side");
    here.git(...commit);
    here.git("checkout", "-q", "main");
    repo.git("checkout", "-q", "-b", "side");
    const work = here.git("rev-parse", "side");
    await expect(here.prepare()).rejects.toMatchObject({
      code: "ERR_GUEST_CHANGED",
      message: expect.stringContaining("branch side has commits of its own"),
    });
    expect(here.git("rev-parse", "side")).toBe(work);
    here.git("branch", "-q", "-f", "side", "main");
    repo.write("a", "next");
    const head = repo.commit();
    expect(await here.prepare()).toMatchObject({ kind: "update", base: head });
    expect(here.git("rev-parse", "side")).toBe(head);
  });
});

describe("a guest that has not what a second prepare takes", { timeout: 120_000 }, () => {
  it.each([
    ["git", "git", (file: string) => rmSync(file)],
    ["GNU coreutils", "stat", (file: string) => replaceBy(file, "echo unrecognized option >&2; exit 1")],
  ])("is told so: %s", async (what, program, change) => {
    repo.write("a");
    repo.commit();
    await here.prepare();
    const programs = path.join(repo.parent, "programs");
    mkdirSync(programs);
    for (const name of ["sh", "git", "stat", "sha256sum", "readlink", "cp", "head", "tar"])
      symlinkSync(`/usr/bin/${name}`, path.join(programs, name));
    change(path.join(programs, program));
    here.guestEnv.PATH = programs;
    await expect(here.prepare()).rejects.toMatchObject({
      code: "ERR_WORKSPACE_TOOLS",
      message: expect.stringContaining(what),
    });
  });
});

function replaceBy(file: string, script: string): void {
  rmSync(file);
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}
