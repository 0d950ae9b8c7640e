import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { measuredRow, type Row } from "../harness/report.ts";
import { inTurns } from "../harness/stats.ts";
import type { Order, Reply } from "./crowd-member.ts";
import type { Bench } from "./operation.ts";

const CROWD = 1000;
const PER_TURN = 5;
const GUESTS = 200;
const ROUNDS = 5;
/** How many at an end of {@link GUESTS} are looked at. */
const AN_END = 40;

/** What the network of one more VM costs where a thousand have theirs, against a namespace with none: two processes in two namespaces. */
export async function crowdRows({ runs, wanted, host }: Bench): Promise<Row[]> {
  const name = `crowd-${CROWD}`;
  if (!wanted.test(name)) return [];
  const rules = await host.nft.available();
  if (!rules.ok) return [{ name, skipped: rules.reason }];
  process.stderr.write(`bench: ${name}\n`);
  const [crowded, empty] = [start(), start()];
  try {
    await tell(crowded, { order: "grow", count: CROWD });
    const one = async (child: ChildProcess) => (await tell(child, { order: "one" }))[0] as number;
    const samples = await inTurns(Math.ceil(runs / 4), PER_TURN, {
      crowded: () => one(crowded),
      empty: () => one(empty),
    });
    const names = { name, reference: "the first", unit: "ms" };
    return [measuredRow(names, { subject: samples.crowded, reference: samples.empty })];
  } finally {
    for (const child of [crowded, empty]) await end(child);
  }
}

/** Two hundred VMs' links, routes and packet rules, one after the other made, then removed: the last of them against the first. */
export async function guestsRows({ wanted, host }: Bench): Promise<Row[]> {
  const names = { make: `guests-${GUESTS}-make`, remove: `guests-${GUESTS}-remove` };
  if (!Object.values(names).some((name) => wanted.test(name))) return [];
  const rules = await host.nft.available();
  if (!rules.ok) return Object.values(names).map((name) => ({ name, skipped: rules.reason }));
  process.stderr.write(`bench: guests-${GUESTS}\n`);
  const [make, remove] = [ends(), ends()];
  const member = start();
  try {
    for (let round = -1; round < ROUNDS; round++) {
      const made = await tell(member, { order: "grow", count: GUESTS });
      const removed = await tell(member, { order: "shrink" });
      // The first round warms up.
      if (round < 0) continue;
      make.take(made.slice(-AN_END), made.slice(0, AN_END));
      // Removed first: one of two hundred. Removed last: the only one.
      remove.take(removed.slice(0, AN_END), removed.slice(-AN_END));
    }
  } finally {
    await end(member);
  }
  return [
    measuredRow({ name: names.make, reference: `the first ${AN_END}`, unit: "ms" }, make),
    measuredRow({ name: names.remove, reference: `the last ${AN_END}`, unit: "ms" }, remove),
  ];
}

function ends() {
  const [subject, reference]: number[][] = [[], []];
  return {
    subject: subject as number[],
    reference: reference as number[],
    take(many: readonly number[], few: readonly number[]): void {
      this.subject.push(...many);
      this.reference.push(...few);
    },
  };
}

function start(): ChildProcess {
  const program = path.join(import.meta.dirname, "crowd-member.ts");
  const stdio = ["ignore", "inherit", "inherit", "ipc"] as const;
  return spawn("unshare", ["--net", process.execPath, program], { stdio: [...stdio] });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.connected) child.disconnect();
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

async function tell(child: ChildProcess, order: Order): Promise<readonly number[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>();
  const ended = (code: number | null, signal: string | null) =>
    reject(new Error(`a process of the crowd ended: ${signal ?? `status ${code}`}`));
  child.once("exit", ended);
  child.once("message", (reply: Reply) =>
    "ms" in reply ? resolve(reply.ms) : reject(new Error(reply.error)),
  );
  child.send(order, (error) => error && reject(error));
  try {
    return await promise;
  } finally {
    child.off("exit", ended);
  }
}
