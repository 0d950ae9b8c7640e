import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { runExport } from "../../../src/workspace/export/run.ts";
import { amount } from "../../support/amount.ts";
import { type RandomWork, randomWork } from "../../support/workspace/random-work.ts";
import { localCommand, sh } from "./support/harness.ts";

const REPOSITORIES = Number(process.env.BANGER_EXPORT_RUNS ?? amount(60, 200));
/** Several at once, since each waits for processes most of the time. */
const AT_ONCE = 4;

const directory = mkdtempSync(path.join(tmpdir(), "banger-export-"));
afterAll(() => rmSync(directory, { recursive: true }));

/**
 * What the export must not touch: every file of the git directory, and what git itself says of it. (Of objects their times aside: git
 * renews them where it would write an object that is there.)
 */
async function stateOf(repository: string): Promise<string> {
  const gitDirectory = path.join(repository, ".git");
  const names = (readdirSync(gitDirectory, { recursive: true }) as string[]).sort();
  const files = names.map((name) => {
    const stats = lstatSync(path.join(gitDirectory, name), { bigint: true });
    if (!stats.isFile() || name.startsWith("objects/")) return `${name} ${stats.mode}`;
    return `${name} ${stats.mode} ${stats.mtimeNs} ${readFileSync(path.join(gitDirectory, name), "latin1")}`;
  });
  const said = await sh(
    repository,
    "export GIT_OPTIONAL_LOCKS=0; git for-each-ref; git status --porcelain=v2 -z",
  );
  return [...files, said].join("\n");
}

/** The tree that the guest's own git makes of all that is there, told to look at every file. */
const TREE = `
cp -p .git/index ../index && export GIT_INDEX_FILE="$PWD/../index"
git ls-files -z | git update-index -z --no-assume-unchanged --stdin
git -c advice.addEmbeddedRepo=false add -A && git write-tree
`;

/** Gives the number of changes that came back. */
async function roundTrip(work: RandomWork): Promise<number> {
  const home = mkdtempSync(path.join(directory, "r-"));
  const guest = path.join(home, "guest");
  const second = path.join(home, "second");
  const base = (await sh(home, `mkdir guest && cd guest && { ${work.create}}`)).trim();
  await sh(home, `cp -R guest second && cd guest && { ${work.edit}}`);
  const before = await stateOf(guest);
  const file = path.join(home, "patch");
  const made = await runExport(localCommand, { vm: "web", directory: guest, base, file });
  expect(await stateOf(guest)).toBe(before);
  const wanted = (await sh(guest, TREE)).trim();
  expect(made.tree).toBe(wanted);
  const apply = made.bytes === 0 ? ":" : "git apply --index --whitespace=nowarn ../patch";
  const tree = await sh(
    second,
    `git update-index -q --refresh; ${apply} && git diff-files --quiet && git write-tree`,
  );
  expect(tree.trim()).toBe(wanted);
  rmSync(home, { recursive: true });
  return made.entries.length;
}

describe("an export, applied in a second clone", () => {
  const title = `gives the guest's tree, and leaves the guest's repository as it was: ${REPOSITORIES} random ones`;
  it(title, { timeout: 600_000 }, async () => {
    const seed = Number(process.env.BANGER_EXPORT_SEED ?? Date.now() % 2 ** 31);
    console.log(`export round trip: BANGER_EXPORT_SEED=${seed}`);
    const next = fc.sample(randomWork, { seed, numRuns: REPOSITORIES }).entries();
    let changed = 0;
    const worker = async () => {
      for (const [index, work] of next) {
        const files = await roundTrip(work).catch((cause: unknown) => {
          throw new Error(`repository ${index} of seed ${seed}: ${work.create}\n${work.edit}`, { cause });
        });
        changed += files > 0 ? 1 : 0;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    // Else it would be a test of nothing.
    expect(changed).toBeGreaterThan(REPOSITORIES / 2);
  });
});
