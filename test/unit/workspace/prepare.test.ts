import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestRepository } from "../../support/git-repository.ts";
import { Here } from "../../support/prepare-here.ts";
import { workUnderWay } from "../../support/work-under-way.ts";

let here: Here;
let repo: TestRepository;
let home: string;

beforeEach(() => {
  here = new Here();
  ({ repo, home } = here);
});
afterEach(() => here.dispose());

const prepare: Here["prepare"] = (...args) => here.prepare(...args);
const inGuest = (...args: string[]) => here.git(...args);
const read = (name: string) => here.read(name);
const left = () => here.left();

/** What git says of both sides once their index is that of HEAD (WS-1). */
function expectSame(directory = repo.top): void {
  const copy = path.join(repo.parent, "copy");
  execFileSync("cp", ["-a", directory, copy]);
  const sides = [copy, path.join(home, "repo")].map((side) => {
    repo.git("-C", side, "reset", "-q");
    const status = repo.git("-C", side, "status", "--porcelain=v1", "--untracked-files=no");
    return { status, diff: repo.raw("-C", side, "diff", "--binary", "HEAD").toString("latin1") };
  });
  execFileSync("rm", ["-r", copy]);
  expect(sides[1]).toEqual(sides[0]);
  expect(inGuest("fsck", "--connectivity-only", "--no-dangling")).toBe("");
  expect(left()).toEqual([]);
}

describe("a checkout copied", { timeout: 120_000 }, () => {
  it("work under way: both sides have the same after a reset", async () => {
    workUnderWay(repo);
    const done = await prepare();
    expect(done).toMatchObject({ kind: "copy", base: repo.git("rev-parse", "HEAD") });
    expectSame();
    expect(inGuest("rev-list", "--count", "HEAD")).toBe("10");
    expect(inGuest("remote", "get-url", "origin")).toBe("https://example.org/project.git");
  });

  it("line ends: the host's settings come along", async () => {
    writeFileSync(path.join(repo.home, ".gitconfig"), "[core]\n\tautocrlf = input\n");
    repo.write("crlf", "one\r\ntwo\r\n");
    repo.commit();
    await prepare();
    expect(read("crlf")).toBe("one\r\ntwo\r\n");
    expect(inGuest("config", "--local", "core.autocrlf")).toBe("input");
    expectSame();
  });

  it.each([
    ["a detached HEAD", () => repo.git("checkout", "-q", "--detach", "HEAD~1")],
    ["packed refs", () => repo.git("pack-refs", "--all")],
    ["a sparse checkout", () => repo.git("sparse-checkout", "set", "in")],
    ["a sparse index", () => repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "in")],
    ["a split index", () => repo.git("update-index", "--split-index")],
    ["modes that count for nothing", () => repo.git("config", "core.fileMode", "false")],
  ])("%s", async (_name, change) => {
    repo.write("in/a");
    repo.write("out/b");
    repo.commit();
    repo.write("in/c");
    repo.commit();
    change();
    repo.write("in/a", "changed", 0o755);
    await prepare();
    expectSame();
    expect(inGuest("rev-parse", "HEAD")).toBe(repo.git("rev-parse", "HEAD"));
  });

  it("a worktree, a shallow clone, one with alternates, one of sha256", async () => {
    for (const name of ["a", "b", "c"]) {
      repo.write(name);
      repo.commit(name);
    }
    repo.git("worktree", "add", "-q", "../tree", "-b", "other");
    repo.git("clone", "-q", "--depth", "2", `file://${repo.top}`, "../shallow");
    repo.git("clone", "-q", "--shared", repo.top, "../shared");
    for (const name of ["tree", "shallow", "shared"]) {
      const directory = path.join(repo.parent, name);
      writeFileSync(path.join(directory, "a"), "changed");
      await prepare({ force: true }, directory);
      expect(inGuest("rev-list", "--count", "HEAD"), name).toBe(name === "shallow" ? "2" : "3");
      expect(inGuest("symbolic-ref", "HEAD"), name).toBe(
        name === "tree" ? "refs/heads/other" : "refs/heads/main",
      );
      expect(inGuest("status", "--porcelain"), name).toBe(" M a");
    }
    const modern = path.join(repo.parent, "modern");
    repo.git("init", "-q", "--object-format=sha256", modern);
    repo.git(
      "-C",
      modern,
      "-c",
      "user.name=x",
      "-c",
      "user.email=x@y",
      "commit",
      "-q",
      "--allow-empty",
      "-m",
      "x",
    );
    await prepare({ force: true }, modern);
    expect(inGuest("rev-parse", "HEAD")).toBe(repo.git("-C", modern, "rev-parse", "HEAD"));
  });

  it("before the first commit", async () => {
    repo.write("a");
    repo.git("add", "a");
    expect(await prepare()).toMatchObject({ base: null });
    expect(read("a")).toBe("a");
    expect(inGuest("symbolic-ref", "HEAD")).toBe("refs/heads/main");
    expect(read(".git/banger/base")).toBe("none\n");
  });

  it("submodules, each with its history", async () => {
    const inner = new TestRepository("inner", repo.parent);
    inner.write("i");
    inner.commit();
    repo.git("submodule", "--quiet", "add", inner.top, "sub");
    const outer = repo.commit();
    repo.write("sub/i", "changed");
    await prepare();
    expect(readdirSync(path.join(home, "repo/sub"))).toEqual([]);
    await prepare({ fullCopy: true, force: true });
    expect(read("sub/i")).toBe("changed");
    expect(inGuest("-C", "sub", "rev-parse", "HEAD")).toBe(inner.git("rev-parse", "HEAD"));
    expect(inGuest("rev-parse", "HEAD")).toBe(outer);
    expect(inGuest("status", "--porcelain")).toBe(" M sub");
  });

  it("a branch of its own, in the guest only", async () => {
    repo.write("a");
    const first = repo.commit();
    repo.write("b");
    repo.commit();
    await prepare({ branch: "topic", from: "HEAD~1" });
    expect(inGuest("symbolic-ref", "HEAD")).toBe("refs/heads/topic");
    expect(inGuest("rev-parse", "HEAD")).toBe(first);
    expect(repo.git("branch", "--list")).toBe("* main");
    await expect(prepare({ branch: "a..b" })).rejects.toMatchObject({ code: "ERR_BAD_BRANCH" });
    await expect(prepare({ branch: "main" })).rejects.toMatchObject({ code: "ERR_BAD_BRANCH" });
    await expect(prepare({ branch: "x", from: "--all" })).rejects.toMatchObject({ code: "ERR_NO_COMMIT" });
  });

  it("says so when the guest ends it, as one that shuts down does", async () => {
    repo.write("a");
    repo.commit();
    const programs = path.join(repo.parent, "programs");
    mkdirSync(programs);
    const ending = "#!/bin/sh\nkill -TERM $PPID\ncat > /dev/null\n";
    writeFileSync(path.join(programs, "tar"), ending, { mode: 0o755 });
    here.guestEnv.PATH = `${programs}:${process.env.PATH}`;
    await expect(prepare()).rejects.toMatchObject({ code: "ERR_GUEST_ENDED" });
    expect(left()).toEqual([]);
  });

  it("does not touch what is not its own, nor leave anything when it is refused or ended", async () => {
    repo.write("a");
    repo.write("large", Buffer.alloc(8 * 1024 ** 2, "x"));
    repo.commit();
    mkdirSync(path.join(home, "repo"));
    writeFileSync(path.join(home, "repo/mine"), "mine");
    await expect(prepare()).rejects.toMatchObject({ code: "ERR_WORKSPACE_THERE" });
    const abort = new AbortController();
    const meter = () => abort.abort(new Error("enough"));
    await expect(prepare({ force: true, signal: abort.signal, meter })).rejects.toThrow("enough");
    // The guest's own script takes its directory away, a moment after we have left.
    await expect.poll(left, { timeout: 30_000 }).toEqual([]);
    expect(read("mine")).toBe("mine");
    expect(existsSync(path.join(home, "repo/a"))).toBe(false);
  });
});
