/**
 * Runs the suite, or the rounds that are named: `node scripts/test.ts [ROUND]...`, where `lab` is all of the lab's. Every round runs,
 * whatever the others did; what this host cannot run is named with the reason. Where machines boot, files with a failure get a second
 * attempt; whatever failed in either is named below the table. The last line is the sum of all rounds' totals.
 */
import { accessSync, constants, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Done, runRounds, takesTwo } from "./suite/lanes.ts";
import type { Host } from "./suite/round.ts";
import { allRounds } from "./suite/rounds.ts";
import { Screen } from "./suite/screen.ts";
import { line, sum } from "./suite/totals.ts";

const top = path.resolve(import.meta.dirname, "..");

function has(program: string): boolean {
  // Debian keeps some of them off a user's PATH.
  const directories = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return directories.some((directory) => {
    try {
      accessSync(path.join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function rootPrefix(): string[] | null {
  if (process.getuid?.() === 0) return [];
  return has("sudo") ? ["sudo", "-E"] : null;
}

const host: Host = { top, node: process.execPath, root: rootPrefix(), has };

function describe({ round, totals, seconds }: Done): string {
  const result = round.skip === undefined ? line(totals) : `not run: ${round.skip}`;
  return `  ${round.name.padEnd(14)} ${`${seconds.toFixed(1)} s`.padStart(8)}   ${result}\n`;
}

mkdirSync(path.join(top, "build/test"), { recursive: true });
const asked = process.argv.slice(2);
const rounds = allRounds(host).filter(
  ({ name }) => asked.length === 0 || asked.some((each) => name === each || name.startsWith(`${each} `)),
);
if (rounds.length === 0)
  throw new Error(
    `no such round; there are ${allRounds(host)
      .map(({ name }) => name)
      .join(", ")}`,
  );
const start = performance.now();
const screen = new Screen((text) => process.stdout.write(text));
const all = await runRounds(top, rounds, takesTwo(process.env), screen);
const minutes = ((performance.now() - start) / 60_000).toFixed(1);
const total = sum(all.map(({ totals }) => totals));
writeFileSync(path.join(top, "build/test/totals"), `${line(total)}\n`);
const table = all.map(describe).join("");
const notes = all.flatMap((each) => each.notes.map((note) => `  ${note}\n`)).join("");
process.stdout.write(`\n${table}  all ${minutes} min\n${notes && `\n${notes}`}\n${line(total)}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
