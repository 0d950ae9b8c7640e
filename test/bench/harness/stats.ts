/**
 * The p-th percentile (0 to 100) by linear interpolation between the closest ranks, as most tools have it.
 * @throws RangeError without samples.
 */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = (p / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(rank)];
  const high = sorted[Math.ceil(rank)];
  if (low === undefined || high === undefined) throw new RangeError("a percentile of no samples");
  return low + (high - low) * (rank - Math.floor(rank));
}

/** One measurement, in the row's unit. */
export type Measure = (run: number) => Promise<number>;

/**
 * Measures two things in turn, so that a host that slows down slows both: first one, then the other, and the other way round in the
 * next run, after one of each that does not count.
 */
export async function alternate(
  runs: number,
  subject: Measure,
  reference: Measure,
): Promise<{ subject: number[]; reference: number[] }> {
  const samples = { subject: [] as number[], reference: [] as number[] };
  await subject(-1);
  await reference(-1);
  for (let run = 0; run < runs; run++) {
    if (run % 2 === 0) samples.subject.push(await subject(run));
    samples.reference.push(await reference(run));
    if (run % 2 === 1) samples.subject.push(await subject(run));
  }
  return samples;
}

/**
 * Measures several things in turns of a few runs each, so that a host that slows down slows all, and each is warm when it counts: the first
 * run of a turn does not. Who begins changes from turn to turn.
 */
export async function inTurns<Name extends string>(
  runs: number,
  perTurn: number,
  columns: Readonly<Record<Name, Measure>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(columns) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let turn = 0; turn * perTurn < runs; turn++) {
    const first = turn % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      await columns[name](-1);
      for (let run = turn * perTurn; run < Math.min(runs, (turn + 1) * perTurn); run++)
        samples[name].push(await columns[name](run));
    }
  }
  return samples;
}
