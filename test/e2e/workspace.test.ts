import { execFileSync } from "node:child_process";
import { hash } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestRepository } from "../support/git-repository.ts";
import { workUnderWay } from "../support/work-under-way.ts";
import { eventually } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
let repo: TestRepository;
let temp: string;

beforeAll(async () => {
  sandbox = await Sandbox.open();
  repo = new TestRepository("my repo");
  temp = path.join(repo.parent, "tmp");
  mkdirSync(temp);
  workUnderWay(repo);
  await sandbox.ok("vm", "create", "--name", "web");
});
afterAll(async () => {
  await sandbox.run(["vm", "delete", "--force", "web"]);
  await sandbox.close();
  repo.dispose();
});

const guest = async (command: string): Promise<string> =>
  (await sandbox.ok("vm", "exec", "web", "--", "sh", "-c", `cd /root/repo && ${command}`)).trimEnd();
const prepare = (...args: string[]) =>
  sandbox.run(["vm", "workspace", "prepare", "web", repo.top, ...args], { env: { TMPDIR: temp } });
const leftovers = () => guest("ls -A /root | grep banger-repo || true");

describe("vm workspace prepare (WS-1)", () => {
  it("gives the guest the same tree, history and state as a reset gives the host", async () => {
    const done = await prepare();
    expect(done.stderr).toContain("1 untracked file is not copied");
    expect(done.status).toBe(0);
    const head = repo.git("rev-parse", "HEAD");
    // In a copy: what is staged here stays so.
    const copy = path.join(repo.parent, "copy");
    execFileSync("cp", ["-a", repo.top, copy]);
    repo.git("-C", copy, "reset", "-q");
    const ours = repo.git("-C", copy, "status", "--porcelain=v1").split("\n");
    const theirs = (await guest("git reset -q; git status --porcelain=v1")).split("\n");
    expect(theirs.sort()).toEqual(ours.filter((line) => line !== "?? untracked").sort());
    expect(await guest("git diff HEAD | sha256sum")).toBe(hashOf(repo.raw("-C", copy, "diff", "HEAD")));
    expect(
      await guest(
        "git rev-parse HEAD; git symbolic-ref HEAD; git rev-list --count HEAD; git describe --tags",
      ),
    ).toBe(`${head}\nrefs/heads/main\n10\nv1`);
  });

  it("root owns all of it, modes and links are kept, and nothing else came along", async () => {
    expect(await guest("find . ! -user root -o ! -group root")).toBe("");
    expect(await guest("stat -c '%a %n' run.sh private mode kept .")).toBe(
      "755 run.sh\n600 private\n755 mode\n644 kept\n755 .",
    );
    expect(await guest("readlink link dangling")).toBe("dir/sub/deep\n/nowhere");
    expect(await guest("ls -d untracked ignored deleted renamed 2>/dev/null || true")).toBe("");
    expect(await guest("sha256sum < crlf.txt")).toBe(hashOf(Buffer.from("one\r\ntwo\r\n")));
  });

  it("its origin is the host's without credentials; its identity is the checkout's own (GST-5)", async () => {
    expect(await guest("git remote get-url origin; git config --local user.email")).toBe(
      "https://example.org/project.git\nown@example.org",
    );
    expect(await guest("git config --get-all safe.directory")).toBe("/root/repo");
    expect(await guest("git fsck --connectivity-only 2>&1 | grep -v '^notice\\|dangling' || true")).toBe("");
  });

  it("leaves no temporary file on the host or in the guest, and the checkout as it was", async () => {
    expect(readdirSync(temp)).toEqual([]);
    expect(await leftovers()).toBe("");
  });

  it("a second time sends only what changed, and keeps what the guest made", async () => {
    await guest(
      "mkdir -p build ignored && echo made > build/x.o && echo made > ignored/y && git status >/dev/null",
    );
    const same = JSON.parse((await prepare("--json")).stdout.toString());
    expect(same).toMatchObject({ kind: "unchanged", bytes: 0 });
    repo.write("changed", "changed again");
    repo.write("dir/new", "new", 0o755);
    repo.git("add", "dir/new");
    repo.git("rm", "-q", "--cached", "kept");
    repo.remove("kept");
    const some = JSON.parse((await prepare("--json")).stdout.toString());
    expect(some).toMatchObject({ kind: "update", files: 2 });
    expect(some.bytes).toBeLessThan(64 * 1024);
    expect(await guest("cat changed dir/new build/x.o ignored/y; ls kept 2>&1 || true")).toMatch(
      /^changed againnewmade\nmade\nls: /,
    );
  });

  it("follows new commits by their objects alone", async () => {
    repo.write("dir/new", "committed", 0o755);
    const head = repo.commit("later");
    const done = JSON.parse((await prepare("--json")).stdout.toString());
    expect(done).toMatchObject({ kind: "update", base: head });
    expect(done.bytes).toBeLessThan(128 * 1024);
    expect(await guest("git rev-parse HEAD; git status --porcelain --untracked-files=no")).toBe(head);
    expect(await guest("git fsck --connectivity-only 2>&1 | grep -v '^notice\\|dangling' || true")).toBe("");
  });

  it("does not overwrite the guest's own work, unless --force", async () => {
    await guest("echo guest > changed");
    const refused = await prepare();
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("/root/repo was changed in the guest: 1 file differs (changed)");
    expect(await guest("cat changed")).toBe("guest");
    expect((await prepare("--force", "--branch", "topic", "--from", "HEAD~2")).status).toBe(0);
    expect(
      await guest("cat changed; git symbolic-ref HEAD; git rev-parse HEAD; ls build 2>/dev/null || true"),
    ).toBe(`changed againrefs/heads/topic\n${repo.git("rev-parse", "HEAD~2")}`);
    expect(repo.git("branch", "--list", "topic")).toBe("");
  });

  it("Ctrl-C leaves what was there, and no file of the copy on either side", async () => {
    writeFileSync(path.join(repo.top, "huge"), Buffer.alloc(256 * 1024 ** 2, "abc"));
    repo.git("add", "huge");
    const before = await guest("cat changed; git rev-parse HEAD");
    const first = sandbox.start(["vm", "workspace", "prepare", "web", repo.top, "--force"], {
      env: { TMPDIR: temp },
      input: "",
    });
    await eventually(async () => (await leftovers()) !== "", "the copy has begun");
    first.child.kill("SIGINT");
    expect((await first.finished).status).toBe(130);
    expect(readdirSync(temp)).toEqual([]);
    expect(await leftovers()).toBe("");
    expect(await guest("cat changed; git rev-parse HEAD")).toBe(before);
    repo.git("rm", "-q", "-f", "--cached", "huge");
    repo.remove("huge");
  });
});

describe("what cannot be copied", () => {
  it("is said before anything is made", async () => {
    const bare = path.join(repo.parent, "bare.git");
    repo.git("clone", "-q", "--bare", repo.top, bare);
    const refused = await sandbox.run(["vm", "run", bare, "--", "true"]);
    expect(refused.status).toBe(125);
    expect(refused.stderr).toContain("is a bare repository");
    expect((await sandbox.json<unknown[]>("vm", "list", "--all")).length).toBe(1);
    const nothing = await sandbox.run(["vm", "workspace", "prepare", "web", os.tmpdir()]);
    expect(nothing.stderr).toContain("is not in a git checkout");
  });
});

describe("vm run <path> (RUN-1)", () => {
  it("runs the command in the copy, and --rm leaves nothing", async () => {
    const done = await sandbox.run([
      "vm",
      "run",
      "--rm",
      "--include-untracked",
      repo.top,
      "--",
      "sh",
      "-c",
      "pwd; cat untracked; ./run.sh; exit 3",
    ]);
    expect(done.stdout.toString(), done.stderr).toBe("/root/repo\nnot knownran\n");
    expect(done.status).toBe(3);
    expect((await sandbox.json<unknown[]>("vm", "list", "--all")).length).toBe(1);
  });
});

function hashOf(bytes: Buffer): string {
  return `${hash("sha256", bytes)}  -`;
}
