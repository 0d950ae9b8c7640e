import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { notesOf, summarize } from "../../../src/workspace/describe.ts";
import { Git } from "../../../src/workspace/git.ts";
import { makePlans, type PlanOptions, type Plans } from "../../../src/workspace/plan.ts";
import { TestRepository } from "../../support/git-repository.ts";

let repo: TestRepository;

beforeEach(() => {
  repo = new TestRepository();
});
afterEach(() => repo.dispose());

async function planned<T>(
  look: (plans: Plans) => T | Promise<T>,
  options: Partial<PlanOptions> = {},
  at = repo.top,
): Promise<T> {
  const plans = await makePlans(new Git({ env: repo.env }), at, { home: { HOME: repo.home }, ...options });
  try {
    return await look(plans);
  } finally {
    await plans[Symbol.asyncDispose]();
  }
}

const filesOf = (plans: Plans) => summarize(plans).files.map((file) => `${file.mode} ${file.path}`);
const files = (options: Partial<PlanOptions> = {}, at?: string) => planned(filesOf, options, at);

describe("what is copied", { timeout: 60_000 }, () => {
  it("is what git knows, as it is in the work tree", async () => {
    repo.write("a", "1");
    repo.write("run", "2", 0o755);
    repo.write("gone", "3");
    repo.write("moved", "4");
    repo.link("link", "a");
    repo.commit();
    repo.write("staged", "5", 0o600);
    repo.git("add", "staged");
    repo.write("intended");
    repo.git("add", "-N", "intended");
    repo.remove("gone");
    repo.git("mv", "moved", "there");
    expect(await files()).toEqual([
      "100644 a",
      "100644 intended",
      "120777 link",
      "100755 run",
      "100600 staged",
      "100644 there",
    ]);
    expect(await planned((plans) => summarize(plans).deleted)).toEqual(["gone", "moved"]);
  });

  it("after `git rm --cached` a file is tracked again by the reset", async () => {
    repo.write("a");
    repo.commit();
    repo.git("rm", "-q", "--cached", "a");
    expect(await files()).toEqual(["100644 a"]);
  });

  it("untracked files if asked for, ignored ones never", async () => {
    repo.write(".gitignore", "*.o\n");
    repo.write("a");
    repo.commit();
    repo.write("b.o");
    repo.write("own");
    repo.write("c");
    repo.write("d");
    writeFileSync(path.join(repo.top, ".git/info/exclude"), "own\n");
    mkdirSync(path.join(repo.home, ".config/git"), { recursive: true });
    writeFileSync(path.join(repo.home, ".config/git/ignore"), "d\n");
    expect(await files()).toEqual(["100644 .gitignore", "100644 a"]);
    expect(await planned(notesOf)).toEqual(["1 untracked file is not copied (--include-untracked does): c"]);
    expect(await files({ includeUntracked: true })).toEqual(["100644 .gitignore", "100644 a", "100644 c"]);
  });

  it("names of any bytes", async () => {
    const odd = Buffer.from("sp ace \xff\xfe\n\t'\"\\", "latin1");
    repo.write(odd, "x");
    repo.write("häh", "y");
    repo.commit();
    const [plan] = await planned(async (plans) => [plans.all[0].entries.map((entry) => entry.path)]);
    expect(plan).toEqual([Buffer.from("häh").toString("latin1"), odd.toString("latin1")]);
    expect(await files()).toEqual(["100644 häh", `100644 sp ace \\xff\\xfe\\x0a\\x09'"\\\\`]);
  });

  it("before the first commit, what is staged", async () => {
    repo.write("a");
    repo.git("add", "a");
    expect(await files()).toEqual(["100644 a"]);
    expect(await planned((plans) => summarize(plans).commit)).toBeNull();
  });

  it("from anywhere in the checkout, by a link too", async () => {
    repo.write("dir/a");
    repo.commit();
    execFileSync("ln", ["-s", repo.top, path.join(repo.parent, "by-link")]);
    expect(await files({}, path.join(repo.top, "dir"))).toEqual(["100644 dir/a"]);
    expect(await files({}, path.join(repo.parent, "by-link"))).toEqual(["100644 dir/a"]);
  });

  it("a detached HEAD, a worktree, a split index, packed refs, a name of sha256", async () => {
    repo.write("a");
    repo.commit();
    repo.git("worktree", "add", "-q", "../tree", "-b", "other");
    repo.git("checkout", "-q", "--detach");
    repo.git("pack-refs", "--all");
    repo.git("update-index", "--split-index");
    expect(await planned((plans) => plans.all[0].repository.headRef)).toBeNull();
    expect(await files()).toEqual(["100644 a"]);
    const tree = path.join(repo.parent, "tree");
    writeFileSync(path.join(tree, "b"), "");
    repo.git("-C", tree, "add", "b");
    expect(await files({}, tree)).toEqual(["100644 a", "100644 b"]);
    const modern = path.join(repo.parent, "modern");
    repo.git("init", "-q", "--object-format=sha256", modern);
    writeFileSync(path.join(modern, "c"), "");
    repo.git("-C", modern, "add", "c");
    expect(await files({}, modern)).toEqual(["100644 c"]);
  });

  it("a sparse checkout: what is outside is neither copied nor deleted", async () => {
    repo.write("in/a");
    repo.write("out/b");
    repo.commit();
    repo.git("sparse-checkout", "set", "in");
    expect(await files()).toEqual(["100644 in/a"]);
    expect(await planned((plans) => plans.all[0].skipped)).toEqual(["out/b"]);
    repo.git("sparse-checkout", "reapply", "--sparse-index");
    expect(await files()).toEqual(["100644 in/a"]);
  });

  it("submodules with full_copy only; nested repositories never", async () => {
    const inner = new TestRepository("inner", repo.parent);
    inner.write("i");
    inner.commit();
    repo.git("submodule", "--quiet", "add", inner.top, "sub");
    repo.commit();
    repo.git("init", "-q", "nested");
    repo.write("nested/n");
    expect(await files()).toEqual(["100644 .gitmodules"]);
    expect(await planned(notesOf)).toEqual([
      "1 submodule is not copied (--mode full_copy copies those that are checked out): sub",
      "1 repository inside of this one is not copied: nested",
    ]);
    expect(await files({ fullCopy: true })).toEqual(["100644 .gitmodules", "100644 sub/i"]);
  });

  it("Git LFS: pointers and contents are told apart, and no filter runs", async () => {
    repo.write(".gitattributes", "*.bin filter=lfs\n");
    repo.write("p.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
    repo.write("w.bin", "content");
    repo.commit();
    const notes = await planned(notesOf);
    expect(notes[0]).toContain("1 file is a Git LFS pointer");
    expect(notes[0]).toContain("p.bin");
    expect(notes[1]).toContain("1 file is Git LFS's");
  });

  it("a pipe is named, not opened; a file behind a link is not there", async () => {
    repo.write("pipe");
    repo.write("dir/secret", "public");
    repo.commit();
    repo.remove("pipe");
    execFileSync("mkfifo", [path.join(repo.top, "pipe")]);
    repo.remove("dir");
    const outside = path.join(repo.parent, "outside");
    mkdirSync(outside);
    writeFileSync(path.join(outside, "secret"), "secret");
    repo.link("dir", outside);
    expect(await files()).toEqual([]);
    expect(await planned(notesOf)).toEqual([
      "1 untracked file is not copied (--include-untracked does): dir",
      "1 pipe, socket or device is not copied: pipe",
    ]);
  });
});
