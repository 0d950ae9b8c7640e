import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TestRepository } from "../../support/git-repository.ts";
import { Here } from "../../support/prepare-here.ts";

let here: Here;
let repo: TestRepository;

beforeEach(async () => {
  here = new Here();
  repo = here.repo;
  for (const name of ["kept", "changed", "gone", "dir/only", "type", "mode"])
    repo.write(name, `first ${name}`);
  repo.link("link", "kept");
  repo.write("large", Buffer.alloc(2 * 1024 ** 2, "some bytes "));
  repo.commit();
  await here.prepare();
}, 120_000);
afterEach(() => here.dispose());

const guestFile = (name: string) => path.join(here.home, "repo", name);

describe("a second prepare", { timeout: 120_000 }, () => {
  it("sends nothing when nothing changed, also not when the guest's files have other times", async () => {
    here.git("status");
    expect(await here.prepare()).toMatchObject({ kind: "unchanged", bytes: 0 });
  });

  it("sends what changed: content, modes, links, types, new and removed files", async () => {
    repo.write("changed", "second");
    repo.write("new/file", "new", 0o755);
    repo.git("add", "new/file");
    repo.remove("gone");
    repo.remove("dir/only");
    chmodSync(repo.at("mode"), 0o755);
    repo.remove("link");
    repo.link("link", "changed");
    repo.remove("type");
    repo.write("type/inner", "was a file");
    repo.git("add", "type/inner");
    const done = await here.prepare();
    expect(done).toMatchObject({ kind: "update", files: 5 });
    expect(done.bytes).toBeLessThan(64 * 1024);
    expect(
      here
        .git("status", "--porcelain", "-uall")
        .split("\n")
        .map((line) => line.trim()),
    ).toEqual(
      expect.arrayContaining([
        "M changed",
        "D gone",
        "D dir/only",
        "M mode",
        "M link",
        "D type",
        "?? new/file",
        "?? type/inner",
      ]),
    );
    expect(existsSync(guestFile("dir"))).toBe(false);
    expect(here.left()).toEqual([]);
    expect(await here.prepare()).toMatchObject({ kind: "unchanged" });
  });

  it("sends the objects of new commits alone; also of another branch, and back", async () => {
    for (let count = 0; count < 12; count += 1) {
      repo.write("kept", `version ${count}`);
      repo.commit();
    }
    const head = repo.git("rev-parse", "HEAD");
    const done = await here.prepare();
    expect(done).toMatchObject({ kind: "update", base: head });
    expect(done.bytes).toBeLessThan(64 * 1024);
    expect(here.git("rev-parse", "main")).toBe(head);
    expect(here.git("status", "--porcelain")).toBe("");
    expect(here.git("fsck", "--connectivity-only", "--no-dangling")).toBe("");
    repo.git("checkout", "-q", "-b", "side", "HEAD~11");
    await here.prepare();
    expect(here.git("symbolic-ref", "HEAD")).toBe("refs/heads/side");
    expect(here.git("status", "--porcelain")).toBe("");
    repo.git("checkout", "-q", "--detach", "main");
    expect(await here.prepare()).toMatchObject({ kind: "update", base: head });
    expect(here.git("rev-parse", "HEAD")).toBe(head);
    expect(here.git("status", "--porcelain")).toBe("");
    expect(here.git("fsck", "--connectivity-only", "--no-dangling")).toBe("");
  });

  it("after history was rewritten and the old commit is gone, too", async () => {
    repo.write("kept", "amended");
    repo.git("commit", "-q", "-a", "--amend", "-m", "amended");
    repo.git("reflog", "expire", "--expire=now", "--all");
    repo.git("gc", "-q", "--prune=now");
    await here.prepare();
    expect(here.git("rev-parse", "HEAD")).toBe(repo.git("rev-parse", "HEAD"));
    expect(here.git("status", "--porcelain")).toBe("");
  });

  it("keeps what the guest made, and repairs nothing that it was not asked to", async () => {
    writeFileSync(guestFile("made"), "in the guest");
    repo.write("changed", "second");
    await here.prepare();
    expect(here.read("made")).toBe("in the guest");
  });

  it.each([
    ["a file was edited", () => writeFileSync(guestFile("kept"), "edited")],
    ["a file was removed", () => rmSync(guestFile("kept"))],
    ["a mode was changed", () => chmodSync(guestFile("kept"), 0o755)],
    ["a file stands where a new one would be", () => writeFileSync(guestFile("new"), "the guest's")],
    ["a directory stands where a new file would be", () => mkdirSync(guestFile("new"))],
    [
      "a commit was made",
      () => here.git("-c", "user.name=x", "-c", "user.email=x@y", "commit", "-q", "--allow-empty", "-m", "x"),
    ],
    ["another branch is checked out", () => here.git("checkout", "-q", "-b", "mine")],
  ])("stops where %s, and replaces everything with --force", async (_name, change) => {
    repo.write("new", "the host's");
    repo.git("add", "new");
    change();
    const before = here.git("status", "--porcelain");
    await expect(here.prepare()).rejects.toMatchObject({ code: "ERR_GUEST_CHANGED" });
    expect(here.git("status", "--porcelain")).toBe(before);
    expect(here.left()).toEqual([]);
    await here.prepare({ force: true });
    expect(here.read("new")).toBe("the host's");
    expect(here.git("status", "--porcelain", "--untracked-files=no")).toBe("");
  });

  it("sees a record of the guest's that makes no sense, and one that leads elsewhere", async () => {
    writeFileSync(guestFile(".git/banger/manifest"), "nonsense\0");
    await expect(here.prepare()).rejects.toMatchObject({ code: "ERR_WORKSPACE_MANIFEST" });
    writeFileSync(guestFile(".git/banger/manifest"), `f 644 ${"0".repeat(64)} ../../etc/passwd\0`);
    await expect(here.prepare()).rejects.toMatchObject({ code: "ERR_WORKSPACE_PATH" });
    writeFileSync(guestFile(".git/banger/applying"), "");
    await expect(here.prepare()).rejects.toMatchObject({ code: "ERR_WORKSPACE_THERE" });
  });
});
