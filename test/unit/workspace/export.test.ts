import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Export } from "../../../src/workspace/export/receive.ts";
import { type GuestCommand, isRevision, runExport } from "../../../src/workspace/export/run.ts";
import { localCommand, sh } from "./support/harness.ts";

let home: string;
let repo: string;
let exports = 0;
beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), "banger-export-"));
  repo = path.join(home, "repo");
  await sh(
    home,
    `mkdir repo && cd repo && git init -q . && git config user.name n && git config user.email e@x
     printf 'a\\n' > a; printf 'b\\n' > b; mkdir d; printf 'c\\n' > d/c; printf '*.o\\n' > .gitignore
     git add -A && git commit -qm base`,
  );
});
afterEach(() => rmSync(home, { recursive: true }));

function exported(base: string | undefined = "HEAD", directory = repo): Promise<Export> {
  exports += 1;
  return runExport(localCommand, { vm: "web", directory, base, file: path.join(home, `patch-${exports}`) });
}
const paths = async (made: Promise<Export>) => (await made).entries.map((each) => each.path);
const inRepo = (script: string) => sh(repo, script);

describe("what is exported", { timeout: 60_000 }, () => {
  it("is commits, staged, unstaged and untracked changes, but nothing that git ignores", async () => {
    await inRepo(
      "printf 'x\\n' >> a; git commit -qam next; printf 'y\\n' >> b; git add b; printf 'z\\n' > new; touch out.o; git rm -q d/c",
    );
    expect(await paths(exported("HEAD~1"))).toEqual(["a", "b", "d/c", "new"]);
    expect(await paths(exported())).toEqual(["b", "d/c", "new"]);
  });

  it("has changes of files that git was told not to look at, but no deletion of what a sparse checkout leaves out", async () => {
    await inRepo(
      "git update-index --assume-unchanged a && git update-index --skip-worktree b d/c; printf 'x\\n' >> a; printf 'x\\n' >> b; rm -r d",
    );
    expect(await paths(exported())).toEqual(["a", "b"]);
    await inRepo(
      "git update-index --no-skip-worktree b d/c && git checkout -q . && git sparse-checkout set --no-cone /a; printf 'y\\n' >> a",
    );
    expect(await paths(exported())).toEqual(["a"]);
  });

  it("has changes that are as old as the index", async () => {
    await inRepo(
      "printf 'A\\n' > a; touch -r .git/index a; git update-index --refresh; printf 'B\\n' > a; touch -r .git/index a",
    );
    expect(await paths(exported())).toEqual(["a"]);
  });

  it("is not bent by the guest's settings", async () => {
    await inRepo(
      `for each in diff.noprefix=true diff.mnemonicPrefix=true diff.external=false diff.renames=copies color.ui=always core.quotePath=false \
         diff.context=0 diff.interHunkContext=9 diff.algorithm=histogram diff.submodule=log diff.suppressBlankEmpty=true diff.relative=true \
         diff.orderFile=/nowhere core.fileMode=false core.symlinks=false core.fsmonitor=false core.hooksPath=/nowhere core.safecrlf=true \
         diff.x.textconv=false diff.x.command=false core.pager=false core.untrackedCache=true core.splitIndex=true core.abbrev=4
       do git config "$(printf '%s' "$each" | cut -d= -f1)" "$(printf '%s' "$each" | cut -d= -f2)"; done
       printf '* diff=x\\n' > .git/info/attributes; printf '\\n\\n\\nx\\n' >> a; cp a a2; chmod +x b; ln -s a l; printf 'x\\n' > 'caf\u00c3\u00a9'`,
    );
    expect(await paths(exported())).toEqual(["a", "a2", "b", "caf\u00c3\u00a9", "l"]);
  });

  it("leaves out repositories that are inside and no commit knows, and tells them", async () => {
    await inRepo(
      "git init -q nested; git init -q d/other; git -C d/other -c user.name=n -c user.email=e@x commit -qm c --allow-empty; rm a; git init -q a",
    );
    const made = await exported();
    expect(made.entries.map((each) => [each.path, each.after])).toEqual([["a", null]]);
    expect([...made.nested].sort()).toEqual(["a/", "d/other/", "nested/"]);
  });

  it("has a submodule's commit, and tells of changes inside of it", async () => {
    await sh(
      home,
      "cp -R repo sub && cd repo && git -c protocol.file.allow=always submodule --quiet add ../sub sub && git commit -qm sub",
    );
    await inRepo(
      "cd sub && printf 'x\\n' >> a && git -c user.name=n -c user.email=e@x commit -qam next && printf 'y\\n' >> b",
    );
    const made = await exported();
    expect(made.entries.map((each) => [each.path, each.after?.mode])).toEqual([["sub", "160000"]]);
    expect(made.submodules).toEqual(["sub"]);
  });

  it("begins with what was prepared, or with nothing on a branch without a commit", async () => {
    await inRepo(
      "mkdir .git/banger; git rev-parse HEAD > .git/banger/base; printf 'x\\n' >> a; git commit -qam next",
    );
    expect(await paths(exported(""))).toEqual(["a"]);
    await sh(home, "mkdir unborn && cd unborn && git init -q . && mkdir .git/banger && printf 'x\\n' > x");
    expect(await paths(exported("", path.join(home, "unborn")))).toEqual(["x"]);
  });

  it("is found where the index is missing, and in a linked worktree", async () => {
    await inRepo(
      "printf 'x\\n' > d/e.o; git add -f d/e.o; git commit -qm ignored; rm .git/index; printf 'y\\n' >> a",
    );
    expect(await paths(exported())).toEqual(["a"]);
    await inRepo("git read-tree HEAD; git worktree add -q ../linked 2>&1; printf 'y\\n' >> ../linked/b");
    expect(await paths(exported("HEAD", path.join(home, "linked")))).toEqual(["b"]);
    expect(await inRepo("ls .git .git/worktrees/linked | grep banger || :")).toBe("");
  });

  it("removes what a killed export has left", async () => {
    await inRepo("sleep 0 & wait; mkdir -p .git/banger-export.$!/objects; touch .git/banger-export.$!/index");
    await exported();
    expect(await inRepo("ls .git | grep banger || :")).toBe("");
  });
});

describe("what cannot be exported", () => {
  it.each([
    ["HEAD", "nowhere", "ERR_WORKSPACE_NO_REPOSITORY"],
    ["HEAD", ".", "ERR_WORKSPACE_NO_REPOSITORY"],
    ["", "repo", "ERR_WORKSPACE_NO_BASE"],
    ["0123456", "repo", "ERR_WORKSPACE_UNKNOWN_BASE"],
    ["HEAD:a", "repo", "ERR_WORKSPACE_UNKNOWN_BASE"],
  ])("is said: base %j, directory %s", async (base, directory, code) => {
    await expect(exported(base, path.join(home, directory))).rejects.toMatchObject({
      code,
      next: expect.any(String),
    });
  });

  it.each([
    [0, "", "ERR_WORKSPACE_EXPORT"],
    [0, "banger-export 2\npatch\n", "ERR_WORKSPACE_EXPORT"],
    [0, "x".repeat(3 * 2 ** 20), "ERR_WORKSPACE_EXPORT"],
    [91, "", "ERR_WORKSPACE_NO_GIT"],
    [93, "", "ERR_WORKSPACE_NO_ROOM"],
    [129, "", "ERR_GUEST_ENDED"],
    [1, "", "ERR_WORKSPACE_EXPORT"],
  ])("is said: status %j, and something printed", async (code, printed, expected) => {
    let hungUp = false;
    async function* bytes(text: string) {
      yield Buffer.from(text);
    }
    const command = (): GuestCommand => ({
      stdout: bytes(printed),
      stderr: bytes("why\n"),
      exit: Promise.resolve({ code, signal: null }),
      hangUp: () => {
        hungUp = true;
      },
    });
    const request = { vm: "web", directory: "/root/repo", file: path.join(home, "patch") };
    await expect(runExport(command, request)).rejects.toMatchObject({ code: expected });
    expect(hungUp).toBe(true);
  });

  it("revisions are names, never options", () => {
    expect(
      ["HEAD", "HEAD~2", "v1.0", "@{u}", "abc123^", "feature/x"].filter((each) => !isRevision(each)),
    ).toEqual([]);
    expect(["", "-x", "--all", "a b", "a\nb", "$(x)", "a".repeat(300)].filter(isRevision)).toEqual([]);
  });
});
