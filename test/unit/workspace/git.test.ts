import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Git } from "../../../src/workspace/git.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "banger-git-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const git = (program?: string) =>
  new Git({ env: process.env, ...(program === undefined ? {} : { program }) });

function script(text: string): string {
  const file = path.join(home, "program");
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return file;
}

test("what git calls the reason is in the error, and not the advice that follows it", async () => {
  const fetch = ["ls-remote", `file://${home}/nowhere`];
  await expect(git().run(fetch)).rejects.toMatchObject({
    code: "ERR_GIT",
    message: expect.stringMatching(
      /^git ls-remote failed \(exit status 128\): fatal: .*nowhere' does not appear/,
    ),
  });
  const silent = git(script("echo one >&2; echo two >&2; echo three >&2; exit 3")).run(["status"]);
  await expect(silent).rejects.toThrow("git status failed (exit status 3): two | three");
});

test("a git that is not there, and one that says too much", async () => {
  await expect(git(path.join(home, "none")).run(["status"])).rejects.toMatchObject({
    code: "ERR_GIT_MISSING",
  });
  const endless = git(script("exec yes")).run(["status"], { maxBytes: 1024 });
  await expect(endless).rejects.toMatchObject({ code: "ERR_GIT_OUTPUT" });
});

test("a signal ends it, and what it has started", async () => {
  const abort = new AbortController();
  const started = path.join(home, "started");
  const running = git(script(`(echo $$ > ${started}; exec sleep 100000) & wait`)).run(["status"], {
    signal: abort.signal,
  });
  running.catch(() => undefined);
  while (!existsSync(started)) await sleep(5);
  abort.abort(new Error("enough"));
  // It ends once nobody has its output open any more.
  await expect(running).rejects.toThrow("enough");
});
