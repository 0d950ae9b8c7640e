import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeClone } from "../../../src/workspace/clone.ts";
import { Git } from "../../../src/workspace/git.ts";
import { makePlans } from "../../../src/workspace/plan.ts";
import { TestRepository } from "../../support/git-repository.ts";

let repo: TestRepository;
let marker: string;
let script: string;

beforeEach(() => {
  repo = new TestRepository();
  marker = path.join(repo.parent, "marker");
  script = path.join(repo.parent, "attack");
  writeFileSync(script, `#!/bin/sh\n: > ${marker}\n`);
  chmodSync(script, 0o755);
  repo.write("a.txt", "one\n");
  repo.write("b.evil", "two\n");
  repo.write(".gitattributes", "*.evil filter=evil diff=evil merge=evil\n*.txt text\n");
  repo.commit();
  repo.write("a.txt", "changed\n");
  repo.write("b.evil", "changed\n");
  repo.write("new.evil", "untracked\n");
});
afterEach(() => repo.dispose());

async function prepare(): Promise<void> {
  const git = new Git({ env: repo.env });
  const home = { HOME: repo.home };
  const plans = await makePlans(git, repo.top, { home, includeUntracked: true, fullCopy: true });
  try {
    const [plan] = plans.all;
    const gitDir = path.join(plan.repository.temp, "clone/.git");
    await makeClone(plan, { branch: "topic", from: "main" }, gitDir);
    await plan.repository.git(["status", "--porcelain", "-z"]);
    await plan.repository.git(["diff", "--binary", "HEAD"]);
    await plan.repository.git(["log", "-p", "-1"]);
  } finally {
    await plans[Symbol.asyncDispose]();
  }
}

/** Whether the attack is one: plain git, given the same repository, does run it (or a command that reaches it does). */
const SETTINGS: readonly (readonly [string, (script: string) => string, string[] | null])[] = [
  ["core.fsmonitor", (s) => s, ["status"]],
  ["filter.evil.clean", (s) => s, ["add", "b.evil"]],
  ["filter.evil.smudge", (s) => s, ["checkout", "-f", "b.evil"]],
  ["filter.evil.process", (s) => s, null],
  ["diff.external", (s) => s, ["diff"]],
  ["diff.evil.textconv", (s) => s, ["diff"]],
  ["diff.evil.command", (s) => s, ["diff"]],
  ["merge.evil.driver", (s) => s, null],
  ["core.pager", (s) => s, null],
  ["pager.log", (s) => s, null],
  ["core.editor", (s) => s, ["commit", "--amend"]],
  ["sequence.editor", (s) => s, null],
  ["alias.status", (s) => `!${s}`, null],
  ["alias.lsf", (s) => `!${s}`, ["lsf"]],
  ["core.sshCommand", (s) => s, ["fetch", "ssh://nowhere.invalid/x"]],
  ["core.gitProxy", (s) => s, ["fetch", "git://nowhere.invalid/x"]],
  ["credential.helper", (s) => `!${s}`, null],
  ["core.askPass", (s) => s, null],
  ["gpg.program", (s) => s, null],
  ["log.showSignature", () => "true", null],
  ["uploadpack.packObjectsHook", (s) => s, null],
  ["core.alternateRefsCommand", (s) => s, null],
  ["remote.origin.uploadpack", (s) => s, null],
  ["remote.origin.vcs", () => "ext", null],
  ["submodule.sub.update", (s) => `!${s}`, null],
  ["trailer.evil.command", (s) => s, null],
  ["interactive.diffFilter", (s) => s, null],
];

describe("a hostile .git/config runs nothing (issue 6, part 1)", { timeout: 60_000 }, () => {
  it.each(SETTINGS)("%s", async (key, value, plain) => {
    repo.git("config", key, value(script));
    if (key !== "log.showSignature") repo.git("config", "remote.origin.url", `ext::${script}`);
    if (plain !== null) {
      try {
        repo.raw(...plain);
      } catch {
        // The command may fail; that the attack ran is what counts.
      }
      expect(existsSync(marker), `plain git runs ${key}`).toBe(true);
      repo.remove("../marker");
    }
    await prepare();
    expect(existsSync(marker)).toBe(false);
  });

  it("a file that it includes, with and without a condition", async () => {
    writeFileSync(path.join(repo.parent, "evil.config"), `[core]\n\tfsmonitor = ${script}\n`);
    repo.git("config", "include.path", path.join(repo.parent, "evil.config"));
    repo.git("config", `includeIf.gitdir:${repo.top}/.git.path`, path.join(repo.parent, "evil.config"));
    repo.raw("status");
    expect(existsSync(marker)).toBe(true);
    repo.remove("../marker");
    await prepare();
    expect(existsSync(marker)).toBe(false);
  });

  it("a config of its own for the worktree", async () => {
    repo.git("config", "extensions.worktreeConfig", "true");
    repo.git("config", "--worktree", "core.fsmonitor", script);
    repo.raw("status");
    expect(existsSync(marker)).toBe(true);
    repo.remove("../marker");
    await prepare();
    expect(existsSync(marker)).toBe(false);
  });

  it("hooks, where git looks for them and where core.hooksPath points", async () => {
    const names = [
      "post-checkout",
      "post-index-change",
      "reference-transaction",
      "pre-auto-gc",
      "fsmonitor-watchman",
      "post-merge",
      "pre-commit",
      "post-rewrite",
    ];
    const elsewhere = path.join(repo.parent, "hooks");
    mkdirSync(elsewhere);
    mkdirSync(path.join(repo.top, ".git/hooks"), { recursive: true });
    for (const directory of [path.join(repo.top, ".git/hooks"), elsewhere]) {
      for (const name of names) {
        writeFileSync(path.join(directory, name), `#!/bin/sh\n: > ${marker}\n`, { mode: 0o755 });
      }
    }
    repo.git("update-ref", "refs/heads/other", "HEAD");
    expect(existsSync(marker)).toBe(true);
    repo.remove("../marker");
    await prepare();
    repo.git("config", "core.hooksPath", elsewhere);
    repo.remove("../hooks/reference-transaction");
    await prepare();
    expect(existsSync(marker)).toBe(false);
  });

  it("core.worktree and core.attributesFile lead nowhere else", async () => {
    const other = path.join(repo.parent, "private");
    mkdirSync(other);
    writeFileSync(path.join(other, "a.txt"), "secret");
    repo.git("config", "core.worktree", other);
    const plans = await makePlans(new Git({ env: repo.env }), repo.top, { home: { HOME: repo.home } });
    expect(plans.all[0].repository.top).toBe(repo.top);
    expect(plans.all[0].entries.find(({ path: name }) => name === "a.txt")?.size).toBe("changed\n".length);
    await plans[Symbol.asyncDispose]();
  });

  it("GIT_* of the caller's environment", async () => {
    const env = {
      ...repo.env,
      GIT_EXTERNAL_DIFF: script,
      GIT_SSH_COMMAND: script,
      GIT_PROXY_COMMAND: script,
      GIT_EDITOR: script,
      GIT_PAGER: script,
      GIT_ASKPASS: script,
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "core.fsmonitor",
      GIT_CONFIG_VALUE_0: script,
      GIT_DIR: "/nowhere",
      GIT_INDEX_FILE: "/nowhere",
      GIT_TRACE: path.join(repo.parent, "marker"),
    };
    const plans = await makePlans(new Git({ env }), repo.top, { home: { HOME: repo.home } });
    await plans.all[0].repository.git(["diff"]);
    await plans[Symbol.asyncDispose]();
    expect(existsSync(marker)).toBe(false);
  });
});
