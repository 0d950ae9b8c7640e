import { stat } from "node:fs/promises";
import type { StorageKind } from "../../../src/domain/vm.ts";
import { measuredRow, type Row } from "../harness/report.ts";
import { inTurns, percentile } from "../harness/stats.ts";
import { groundOf } from "./composite.ts";
import { Creation, type Objects, subGround } from "./creation.ts";
import type { Bench } from "./operation.ts";
import type { Place } from "./place.ts";
import { runTool } from "./tools.ts";

const AT_ONCE = 100;
const ROUNDS = 5;
const ALONE = 20;

/** What one create costs when a hundred are made at once, against one alone; all of them must be there afterwards. */
export async function parallelRows(bench: Bench, place: Place, kind: StorageKind): Promise<Row[]> {
  // Without a driver's name: with the first choice of `storage = "auto"`.
  const name = kind === "reflink" ? `parallel-${AT_ONCE}` : `parallel-${AT_ONCE}-${kind}`;
  if (!bench.wanted.test(name)) return [];
  const found = await groundOf(bench, place, kind);
  if (typeof found === "string") return [{ name, skipped: found }];
  process.stderr.write(`bench: ${name}\n`);
  const creation = await Creation.open(bench.host, kind, await subGround(found, name));
  const first = creation.objects(bench.next());
  await creation.make(first);
  const together = async (): Promise<number> => {
    const vms = Array.from({ length: AT_ONCE }, () => creation.objects(bench.next()));
    try {
      const start = performance.now();
      await settled(vms.map((vm) => creation.make(vm)));
      const ms = performance.now() - start;
      await checkAll(bench, vms);
      return ms / AT_ONCE;
    } finally {
      await settled(vms.map((vm) => creation.remove(vm)));
    }
  };
  const alone = async (): Promise<number> => {
    const samples: number[] = [];
    for (let run = 0; run < ALONE; run++) {
      const vm = creation.objects(bench.next());
      try {
        const start = performance.now();
        await creation.make(vm);
        samples.push(performance.now() - start);
      } finally {
        await creation.remove(vm);
      }
    }
    return percentile(samples, 50);
  };
  try {
    const samples = await inTurns(ROUNDS, 1, { together, alone });
    const names = { name, reference: "one alone", unit: "ms/create" };
    return [measuredRow(names, { subject: samples.together, reference: samples.alone })];
  } finally {
    await creation.remove(first);
    await creation.close();
  }
}

/** Waits for all, whatever becomes of them; then the first error. */
async function settled(all: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(all);
  await Promise.all(all);
}

/** None lost: what each has is there, and is its own. */
async function checkAll({ host }: Bench, vms: readonly Objects[]): Promise<void> {
  const links = new Map((await host.link.list("bgr")).map((link) => [link.name, link]));
  const routes = new Map((await host.route.list()).map((route) => [route.destination, route.link]));
  const shown = await runTool("ip", "-j", "neighbour", "show", "nud", "permanent");
  const neighbours = new Map(
    JSON.parse(shown).map((each: { dst: string; dev: string; lladdr: string }) => [
      each.dst,
      `${each.dev} ${each.lladdr}`,
    ]),
  );
  for (const vm of vms) {
    const here =
      links.get(vm.tap)?.up === true &&
      routes.get(`${vm.address}/32`) === vm.tap &&
      neighbours.get(vm.address) === `${vm.tap} ${vm.mac}` &&
      (await areThere(vm.rootDisk, vm.workDisk, vm.runtime));
    if (!here) throw new Error(`of ${vms.length} creates at once, one was lost: ${vm.tap}`);
  }
}

async function areThere(...files: readonly string[]): Promise<boolean> {
  const found = await Promise.allSettled(files.map((file) => stat(file)));
  return found.every(({ status }) => status === "fulfilled");
}
