import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { measuredRow, type Row } from "../harness/report.ts";
import { inTurns } from "../harness/stats.ts";
import type { Order, Reply } from "./crowd-member.ts";
import type { Bench } from "./operation.ts";

const CROWD = 1000;
const PER_TURN = 5;

/** What the network of one more VM costs where a thousand have theirs, against a namespace with none: two processes in two namespaces. */
export async function crowdRows({ runs, wanted }: Bench): Promise<Row[]> {
  const name = `crowd-${CROWD}`;
  if (!wanted.test(name)) return [];
  process.stderr.write(`bench: ${name}\n`);
  const [crowded, empty] = [start(), start()];
  try {
    await tell(crowded, { order: "grow", count: CROWD });
    const samples = await inTurns(Math.ceil(runs / 4), PER_TURN, {
      crowded: () => tell(crowded, { order: "one" }),
      empty: () => tell(empty, { order: "one" }),
    });
    const names = { name, reference: "the first", unit: "ms" };
    return [measuredRow(names, { subject: samples.crowded, reference: samples.empty })];
  } finally {
    for (const child of [crowded, empty]) {
      child.disconnect();
      if (child.exitCode === null) await once(child, "exit");
    }
  }
}

function start(): ChildProcess {
  const program = path.join(import.meta.dirname, "crowd-member.ts");
  const stdio = ["ignore", "inherit", "inherit", "ipc"] as const;
  return spawn("unshare", ["--net", process.execPath, program], { stdio: [...stdio] });
}

async function tell(child: ChildProcess, order: Order): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const ended = () => reject(new Error("a process of the crowd ended"));
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
