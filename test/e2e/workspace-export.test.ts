import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, mustRun } from "./support/run.ts";
import { ROOT, Sandbox } from "./support/sandbox.ts";

/** Before the real git: what a guest's root can put there as well. */
const GUEST_GIT = "/usr/local/bin/git";

let sandbox: Sandbox;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(path.join(ROOT, "build/e2e/export-"));
  sandbox = await Sandbox.open();
  await sandbox.ok("vm", "create", "--name", "web", "--memory", "512M");
});
afterAll(async () => {
  await sandbox.run(["vm", "rm", "-f", "web"]);
  await sandbox.close();
  rmSync(home, { recursive: true });
});

/** Runs a script of bytes (latin1) in the guest, and gives what it prints. */
async function guest(script: string): Promise<Buffer> {
  const input = Buffer.from(`export GIT_CONFIG_GLOBAL=/dev/null GIT_OPTIONAL_LOCKS=0\n${script}`, "latin1");
  const done = await sandbox.run(["vm", "exec", "web", "--", "sh", "-s"], { input });
  if (done.status !== 0) throw new Error(`the guest's script ended with ${done.status}: ${done.stderr}`);
  return done.stdout;
}

async function host(cwd: string, script: string): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: "1" };
  return mustRun("sh", ["-ec", script], { cwd, env });
}

const exported = (...args: string[]) => sandbox.run(["vm", "workspace", "export", "web", ...args]);

describe("vm workspace export, of the checkout that was prepared (WS-3)", () => {
  let checkout: string;
  beforeAll(async () => {
    checkout = path.join(home, "checkout");
    await mkdir(checkout);
    await host(
      checkout,
      "git init -q; git config user.name n; git config user.email e@x; printf '1\\n2\\n3\\n' > a; printf 'b\\n' > b; git add -A; git commit -qm base; tar cf ../repo.tar -C .. checkout",
    );
    await sandbox.run(["vm", "exec", "web", "--", "tar", "x", "-C", "/root", "--no-same-owner"], {
      input: await readFile(path.join(home, "repo.tar")),
    });
    await guest(
      `mv /root/checkout /root/repo; cd /root/repo; mkdir .git/banger; git rev-parse HEAD > .git/banger/base
       printf 'two\\n' >> a; git commit -qam work; rm b; printf '\\0\\1' > 'new file'; mkdir nested; git init -q nested; git init -q /root/other`,
    );
  });

  it("has its changes listed; nothing of it goes to a pipe but the patch", async () => {
    const list = await exported("--stat");
    expect(list.stdout.toString()).toBe(
      "M  a  +1\nD  b  -1\nA  new file  binary\n3 files changed, +1 -1 lines\n",
    );
    expect(list.stderr).toContain("not in the patch: repositories inside the checkout: nested/");
    const piped = await exported();
    expect(piped.stdout.toString()).toMatch(/^diff --git a\/a b\/a\n/);
    await writeFile(path.join(home, "piped.patch"), piped.stdout);
    await host(checkout, "git apply --check ../piped.patch");
    const json = await sandbox.json<{ files: unknown[] }>(
      "vm",
      "workspace",
      "export",
      "web",
      "--base-commit",
      "HEAD",
    );
    expect(json.files).toMatchObject([
      { status: "D", path: "b" },
      { status: "A", path: "new file", binary: true },
    ]);
  });

  it("has them applied to the checkout here, once", async () => {
    const done = await exported("--apply", checkout);
    expect([done.status, done.stdout.toString()]).toEqual([
      0,
      "M  a  +1\nD  b  -1\nA  new file  binary\n3 files changed, +1 -1 lines\n",
    ]);
    expect(await host(checkout, "git status --porcelain; cat a")).toBe(
      'M  a\nD  b\nA  "new file"\n1\n2\n3\ntwo\n',
    );
    const again = await exported("--apply", checkout);
    expect([again.status, again.stdout.toString()]).toEqual([0, "your checkout has all of it already\n"]);
  });

  it.each([
    [
      "no repository",
      ["--repo", "/root/nowhere"],
      /web has no git checkout at \/root\/nowhere\n {2}bring one there/,
    ],
    ["no such commit", ["--base-commit", "0123456789"], /"0123456789" is no commit of \/root\/repo in web\n/],
    ["no commit at all", ["--base-commit", "--all"], /needs a value|names no commit/],
    ["no checkout here", ["--apply", "/"], /\/ is not in a git checkout\n/],
    [
      "nothing recorded",
      ["--repo", "/root/other"],
      /nothing tells what \/root\/other in web began with\n {2}name the commit/,
    ],
  ])("says in a sentence what is wrong: %s", async (_name, args, message) => {
    const done = await exported(...args);
    expect(done.stderr).toMatch(message);
    expect([done.status === 0, done.stdout.length]).toEqual([false, 0]);
  });

  it("is refused where a guest lies, and nothing changes here", async () => {
    const lie = (answer: string) =>
      guest(
        `cat > ${GUEST_GIT} <<'END'\n#!/bin/sh\ncase "$*" in *diff-tree*) ${answer} ;; *) exec /usr/bin/git "$@" ;; esac\nEND\nchmod 755 ${GUEST_GIT}`,
      );
    const before = await host(checkout, "git status --porcelain; find . | sort; ls ..");
    const patch = (name: string) =>
      `printf 'diff --git a/${name} b/${name}\\nnew file mode 100755\\nindex ${"0".repeat(40)}..${"1".repeat(40)}\\n--- /dev/null\\n+++ b/${name}\\n@@ -0,0 +1 @@\\n+x\\n'`;
    for (const answer of [
      patch("../outside"),
      patch(".git/hooks/post-checkout"),
      "cat /dev/zero",
      "yes 'diff --git'",
    ]) {
      await lie(answer);
      const done = await exported("--apply", checkout);
      expect([done.status, done.stderr]).toEqual([
        1,
        expect.stringContaining("the guest's patch is refused"),
      ]);
    }
    await guest(`printf '#!/bin/sh\\necho no disk >&2; exit 1\\n' > ${GUEST_GIT}`);
    expect((await exported("--apply", checkout)).stderr).toContain("has no git checkout");
    expect(await host(checkout, "git status --porcelain; find . | sort; ls ..")).toBe(before);
    await guest(`rm ${GUEST_GIT}`);
  });

  it("a Ctrl-C ends it on both sides, and leaves nothing", async () => {
    await guest(
      `printf '#!/bin/sh\\ncase "$*" in *write-tree*) touch /root/reached; exec sleep 100000 ;; *) exec /usr/bin/git "$@" ;; esac\\n' > ${GUEST_GIT}; chmod 755 ${GUEST_GIT}`,
    );
    const temporary = path.join(home, "tmp");
    await mkdir(temporary);
    const running = sandbox.start(["vm", "workspace", "export", "web"], {
      env: { TMPDIR: temporary },
      input: "",
    });
    await eventually(async () => (await guest("ls /root")).includes("reached"), "the export is under way");
    running.child.kill("SIGINT");
    const done = await running.finished;
    expect([done.status, done.stdout.length]).toEqual([130, 0]);
    expect(await readdir(temporary)).toEqual([]);
    await guest(`rm ${GUEST_GIT}`);
    await eventually(
      async () => !(await guest("ls /root/repo/.git")).includes("banger-export"),
      "the guest has cleaned up",
    );
  });

  it("says that a guest has no git", async () => {
    await guest("mv /usr/bin/git /usr/bin/git.away");
    const done = await exported();
    await guest("mv /usr/bin/git.away /usr/bin/git");
    expect([done.status, done.stderr]).toEqual([
      1,
      expect.stringContaining("web has no git\n  install it there"),
    ]);
  });

  it("is what `prepare` brought, and uncommitted work that went there is no obstacle when it comes back", async () => {
    const own = path.join(home, "own");
    await mkdir(own);
    await host(
      own,
      "git init -q; git config user.name n; git config user.email e@x; printf '1\\n2\\n3\\n' > a; printf 'b\\n' > b; git add -A; git commit -qm base; printf 'dirty\\n' >> b; printf 'x\\n' > untracked",
    );
    await sandbox.ok("vm", "workspace", "prepare", "web", own, "--include-untracked", "--force");
    expect((await exported("--stat")).stdout.toString()).toMatch(/^M {2}b {2}\+1\nA {2}untracked/);
    await guest("cd /root/repo; printf '4\\n' >> a; git commit -qam work; printf 'y\\n' > new");
    const done = await exported("--apply", own);
    expect([done.status, done.stdout.toString()]).toEqual([
      0,
      "M  a  +1\nA  new  +1\n2 files changed, +2 -0 lines\n",
    ]);
    expect(await host(own, "git status --porcelain")).toBe("M  a\n M b\nA  new\n?? untracked\n");
  });
});
