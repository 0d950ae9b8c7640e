import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { amount } from "../support/amount.ts";
import { randomWork } from "../support/workspace/random-work.ts";
import { mustRun, Running } from "./support/run.ts";
import { ROOT, Sandbox } from "./support/sandbox.ts";

const REPOSITORIES = amount(6, 20);
const ENV = { PATH: process.env.PATH, HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" };

let sandbox: Sandbox;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(path.join(ROOT, "build/e2e/round-trip-"));
  sandbox = await Sandbox.open();
  await sandbox.ok("vm", "create", "--name", "web", "--memory", "512M");
});
afterAll(async () => {
  await sandbox.run(["vm", "rm", "-f", "web"]);
  await sandbox.close();
  rmSync(home, { recursive: true });
});

/** Every file of the repositories with its time, but objects: work tree, index, refs, stash, logs. */
const STATE = `cd /root/random
find . -path '*/.git/objects' -prune -o ! -type d -print0 | LC_ALL=C sort -z | tar c --null -T - --no-recursion | sha256sum
ls -d */.git/banger* 2>/dev/null || :
`;

/** The tree that git makes of all that is there, told to look at every file. */
const TREE = `git ls-files -z | git update-index -z --no-assume-unchanged --stdin; git add -A; git write-tree`;

/** Runs a script of bytes (latin1) in the guest, and gives what it prints. */
async function guest(script: string): Promise<Buffer> {
  const input = Buffer.from(`export GIT_CONFIG_GLOBAL=/dev/null GIT_OPTIONAL_LOCKS=0\n${script}`, "latin1");
  const done = await sandbox.run(["vm", "exec", "web", "--", "sh", "-s"], { input });
  if (done.status !== 0) throw new Error(`the guest's script ended with ${done.status}: ${done.stderr}`);
  return done.stdout;
}

async function host(cwd: string, script: string): Promise<string> {
  return mustRun("sh", ["-ec", script], { cwd, env: ENV });
}

describe("vm workspace export (WS-3)", () => {
  it(`gives the guest's tree in a second clone, and leaves the guest's repository as it was: ${REPOSITORIES} random ones`, async () => {
    const seed = Number(process.env.BANGER_EXPORT_SEED ?? Date.now() % 2 ** 31);
    console.log(`export round trip in a guest: BANGER_EXPORT_SEED=${seed}`);
    const works = fc.sample(randomWork, { seed, numRuns: REPOSITORIES });
    const bases = await Promise.all(works.map(({ create }, index) => created(create, index)));
    const input = await tarOf("random");
    const sent = await sandbox.run(["vm", "exec", "web", "--", "tar", "x", "--no-same-owner"], { input });
    expect(sent.status).toBe(0);
    const edits = works.map(({ edit }, index) => `cd /root/random/${index} || exit 1\n${edit}`).join("");
    const before = await guest(`${edits}${STATE}`);
    for (const [index, base] of bases.entries()) {
      const where = ["--repo", `/root/random/${index}`, "--base-commit", base];
      const done = await sandbox.run([
        "vm",
        "workspace",
        "export",
        "web",
        ...where,
        "-o",
        path.join(home, `${index}.patch`),
      ]);
      expect(done.stderr).not.toContain("banger:");
      expect(done.status).toBe(0);
    }
    expect((await guest(STATE)).toString()).toBe(before.toString());
    await writeFile(
      path.join(home, "guest.tar"),
      await guest("cd /root && tar c --transform s/^random/guest/ random"),
    );
    await host(home, "tar x --no-same-owner -f guest.tar");
    let changed = 0;
    for (const index of works.keys()) {
      const { size } = await stat(path.join(home, `${index}.patch`));
      changed += size > 0 ? 1 : 0;
      const apply = size === 0 ? ":" : `git apply --index --whitespace=nowarn ${home}/${index}.patch`;
      const second = path.join(home, "random", String(index));
      const tree = await host(second, `git update-index -q --refresh || :; ${apply}; git write-tree`);
      expect(tree).toBe(await host(path.join(home, "guest", String(index)), TREE));
    }
    expect(changed).toBeGreaterThan(REPOSITORIES / 4);
  });
});

/** Makes the repository here, and gives its commit: in a guest without hardware's help each git costs a tenth of a second. */
async function created(create: string, index: number): Promise<string> {
  const directory = path.join(home, "random", String(index));
  await mkdir(directory, { recursive: true });
  const sh = new Running("sh", ["-s"], { cwd: directory, env: ENV, input: Buffer.from(create, "latin1") });
  return (await sh.finished).stdout.toString().trim();
}

async function tarOf(name: string): Promise<Buffer> {
  const tar = new Running("tar", ["c", "-C", home, name], {});
  return (await tar.finished).stdout;
}
