import { availableParallelism, freemem } from "node:os";
import path from "node:path";
import { fileOf, type Round } from "./round.ts";
import { type Outcome, runRound } from "./run.ts";
import type { Screen } from "./screen.ts";

/** What the lab's machine and twenty guests here have at most, and room for the rest. */
const MEMORY_FOR_TWO = 12 * 2 ** 30;

export interface Done extends Outcome {
  readonly round: Round;
  readonly seconds: number;
}

/** Whether this host has the CPUs and the memory for two rounds at once. `TEST_LANES=1` says that it has not. */
export function takesTwo(env: NodeJS.ProcessEnv): boolean {
  return env.TEST_LANES !== "1" && availableParallelism() > 1 && freemem() >= MEMORY_FOR_TWO;
}

/**
 * Runs the rounds, each after those before it in its lane: what makes things in this host's kernel in one, what does not, the lab's machines
 * above all, in another at the same time. Most rounds keep one CPU busy. Returns them in the order in which they were given.
 */
export async function runRounds(
  top: string,
  rounds: readonly Round[],
  two: boolean,
  screen: Screen,
): Promise<Done[]> {
  const over = new Map(rounds.map(({ name }) => [name, Promise.withResolvers<void>()]));
  const done = new Map<Round, Done>();

  const lane = async (own: readonly Round[], isLive: boolean) => {
    for (const round of own) {
      const earlier = over.get(round.after?.name ?? "");
      await earlier?.promise;
      const output = isLive ? screen.live() : screen.kept(path.join(top, fileOf(round.name, "log")));
      const start = performance.now();
      const env = { ...round.env, ...(earlier && round.after?.env) };
      const outcome = await runRound(top, { ...round, env }, output);
      output.close();
      done.set(round, { round, seconds: (performance.now() - start) / 1000, ...outcome });
      over.get(round.name)?.resolve();
    }
  };
  const here = rounds.filter(({ beside }) => !beside);
  const beside = rounds.filter((round) => round.beside);
  if (two && here.length > 0 && beside.length > 0) await Promise.all([lane(here, true), lane(beside, false)]);
  else await lane(rounds, true);
  return rounds.flatMap((round) => done.get(round) ?? []);
}
