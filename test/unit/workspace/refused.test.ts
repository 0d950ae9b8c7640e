import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Git } from "../../../src/workspace/git.ts";
import { makePlans } from "../../../src/workspace/plan.ts";
import { TestRepository } from "../../support/git-repository.ts";

let repo: TestRepository;

beforeEach(() => {
  repo = new TestRepository();
});
afterEach(() => repo.dispose());

/** The code of what a plan of this directory fails with. */
async function fails(at: string): Promise<string> {
  try {
    const plans = await makePlans(new Git({ env: repo.env }), at, { home: { HOME: repo.home } });
    await plans[Symbol.asyncDispose]();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "no error";
}

describe("what is refused", { timeout: 60_000 }, () => {
  it("bare repositories, directories without one, what is no directory", async () => {
    repo.write("a");
    repo.commit();
    repo.git("clone", "-q", "--bare", repo.top, "../bare");
    expect(await fails(path.join(repo.parent, "bare"))).toBe("ERR_BARE_REPOSITORY");
    expect(await fails(repo.home)).toBe("ERR_NO_REPOSITORY");
    expect(await fails(path.join(repo.parent, "nowhere"))).toBe("ERR_NO_REPOSITORY");
    expect(await fails(path.join(repo.top, "a"))).toBe("ERR_NO_REPOSITORY");
  });

  it("a git directory elsewhere that does not name the checkout", async () => {
    const victim = new TestRepository("victim", repo.parent);
    victim.write("secret");
    victim.commit();
    const trap = path.join(repo.parent, "trap");
    mkdirSync(trap);
    writeFileSync(path.join(trap, ".git"), `gitdir: ${victim.top}/.git\n`);
    expect(await fails(trap)).toBe("ERR_FOREIGN_GIT_DIR");
    const other = path.join(repo.parent, "other");
    mkdirSync(path.join(other, ".git"), { recursive: true });
    writeFileSync(path.join(other, ".git/commondir"), `${victim.top}/.git\n`);
    writeFileSync(path.join(other, ".git/HEAD"), "ref: refs/heads/main\n");
    expect(await fails(other)).toBe("ERR_FOREIGN_GIT_DIR");
    const linked = path.join(repo.parent, "linked");
    mkdirSync(linked);
    execFileSync("ln", ["-s", `${victim.top}/.git`, path.join(linked, ".git")]);
    expect(await fails(linked)).toBe("ERR_FOREIGN_GIT_DIR");
  });

  it("a submodule that is a link to another repository: its history is not the guest's", async () => {
    const victim = new TestRepository("victim", repo.parent);
    victim.write("secret");
    const commit = victim.commit();
    repo.write("a");
    repo.commit();
    repo.git("update-index", "--add", "--cacheinfo", `160000,${commit},sub`);
    repo.link("sub", victim.top);
    const options = { home: { HOME: repo.home }, fullCopy: true };
    await using plans = await makePlans(new Git({ env: repo.env }), repo.top, options);
    expect(plans.all.map(({ repository }) => repository.top)).toEqual([repo.top]);
    expect(plans.all[0].submodules).toEqual(["sub"]);
  });

  it("links in the git directory that lead into another one", async () => {
    repo.write("a");
    repo.commit();
    const victim = new TestRepository("victim", repo.parent);
    victim.write("secret");
    victim.commit();
    for (const name of ["HEAD", "index", "objects"]) {
      const own = path.join(repo.top, ".git", name);
      execFileSync("mv", [own, `${own}.mine`]);
      execFileSync("ln", ["-s", path.join(victim.top, ".git", name), own]);
      expect(await fails(repo.top), name).toBe("ERR_REPOSITORY_FORMAT");
      execFileSync("rm", [own]);
      execFileSync("mv", [`${own}.mine`, own]);
    }
  });

  it("an index or a tree that leads out of the checkout, or into .git", async () => {
    repo.write("aaaa/bbbb", "x");
    repo.git("add", "-A");
    const index = path.join(repo.top, ".git/index");
    for (const bad of ["../../cc", ".GiT/bbbb", "aaaa/../b"]) {
      repo.git("add", "-A");
      replaceInIndex(index, "aaaa/bbbb", bad.padEnd(9, "b").slice(0, 9));
      expect(await fails(repo.top), bad).toBe("ERR_WORKSPACE_PATH");
      repo.remove(".git/index");
    }
  });

  it("a commit of HEAD that is not there", async () => {
    repo.write("a");
    const oid = repo.commit();
    repo.remove(`.git/objects/${oid.slice(0, 2)}/${oid.slice(2)}`);
    expect(await fails(repo.top)).toBe("ERR_REPOSITORY_FORMAT");
  });

  it("files that cannot be followed do not make it hang: a pipe for .git/config", async () => {
    repo.remove(".git/config");
    execFileSync("mkfifo", [path.join(repo.top, ".git/config")]);
    expect(await fails(repo.top)).toBe("ERR_REPOSITORY_FORMAT");
  });
});

/** Writes another path of the same length into the index, and its checksum anew: git itself would not make one. */
function replaceInIndex(index: string, from: string, to: string): void {
  const bytes = readFileSync(index).subarray(0, -20).toString("latin1").replaceAll(from, to);
  const data = Buffer.from(bytes, "latin1");
  writeFileSync(index, Buffer.concat([data, createHash("sha1").update(data).digest()]));
}
