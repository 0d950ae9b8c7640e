import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RandomWork, randomWork } from "../support/workspace/random-work.ts";
import { mustRun } from "./support/run.ts";
import { ROOT, Sandbox } from "./support/sandbox.ts";

const REPOSITORIES = 20;

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

describe("vm workspace export (WS-3)", () => {
  it(`gives the guest's tree in a second clone, and leaves the guest's repository as it was: ${REPOSITORIES} random ones`, async () => {
    const seed = Number(process.env.BANGER_EXPORT_SEED ?? Date.now() % 2 ** 31);
    console.log(`export round trip in a guest: BANGER_EXPORT_SEED=${seed}`);
    const works = fc.sample(randomWork, { seed, numRuns: REPOSITORIES });
    const each = (step: (work: RandomWork, index: number) => string) =>
      works.map((work, index) => `cd /root/random/${index} || exit 1\n${step(work, index)}\n`).join("");
    const clones = path.join(home, "clones");
    await mkdir(clones);
    const numbers = works.map((_, index) => index).join(" ");
    const created = await guest(
      `mkdir -p /root/random; cd /root/random; mkdir ${numbers}\n${each(({ create }) => `{ ${create}} > .git/base 2>&1`)}cd /root; tar c random`,
    );
    await writeFile(path.join(home, "random.tar"), created);
    await host(clones, "tar xf ../random.tar --no-same-owner");
    const state = each(
      () => "sha256sum < .git/index; git for-each-ref; cat .git/HEAD; git status --porcelain=v2 -z",
    );
    const before = await guest(`${each(({ edit }) => edit)}${state}`);
    for (const index of works.keys()) {
      const base = await readFile(path.join(clones, "random", String(index), ".git/base"), "utf8");
      const where = ["--repo", `/root/random/${index}`, "--base-commit", base.trim()];
      const done = await exported(...where, "--output", path.join(home, `${index}.patch`));
      expect(done.stderr).not.toContain("banger:");
      expect(done.status).toBe(0);
    }
    expect((await guest(state)).equals(before)).toBe(true);
    expect((await guest("ls -d /root/random/*/.git/banger* 2>/dev/null || :")).toString()).toBe("");
    const trees = await guest(
      each(
        () => `cp -p .git/index /tmp/index; export GIT_INDEX_FILE=/tmp/index
          git ls-files -z | git update-index -z --no-assume-unchanged --stdin; git add -A; git write-tree; unset GIT_INDEX_FILE`,
      ),
    );
    const applied = works.map(async (_, index) => {
      const patch = path.join(home, `${index}.patch`);
      const script = `git update-index -q --refresh || :; [ ! -s ${patch} ] || git apply --index --whitespace=nowarn ${patch}; git write-tree`;
      return host(path.join(clones, "random", String(index)), script);
    });
    expect((await Promise.all(applied)).join("")).toBe(trees.toString());
  });
});
