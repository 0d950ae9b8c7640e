/**
 * Ends ROUNDS workers at random moments of their calls, for `workers.test.ts`: a program of its own, so that a crash is its end and not
 * the test runner's. Prints what is left.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { openLinuxHostOps } from "../../../../src/host/linux/index.ts";

const [file = "", rounds = "0"] = process.argv.slice(2);
const UID = 620_001;
const NETNS = `bgrw-${process.pid}`;
const host = openLinuxHostOps(process.env.BANGER_ADDON);

async function round(index: number): Promise<void> {
  const workerData = { file, netns: NETNS, prefix: `bgrw${index}`, uid: UID };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData });
  const busy = new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.once("error", reject);
  });
  // One in ten has not even begun: it is loading the addon.
  if (index % 10 !== 0) await busy;
  else busy.catch(() => undefined);
  await new Promise((done) => setTimeout(done, Math.random() * 40));
  await worker.terminate();
}

/** What calls that were cut off had made, which is theirs who know the names (ST-5). */
async function release(): Promise<void> {
  for (const { device } of await host.loop.list("bgrw")) await host.loop.detach(device);
  for (const { name } of await host.link.list("bgrw")) await host.link.delete(name);
  for (const ref of await host.process.listByUid({ first: UID, last: UID })) {
    await host.process.signal(ref, 9);
    await host.process.wait(ref);
  }
}

/** What a descriptor leads to, or that it has just been closed: that of the directory itself. */
function leadsTo(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).replace(/^(socket|pipe):.*/, "$1");
  } catch {
    return "";
  }
}

function held() {
  return {
    descriptors: readdirSync("/proc/self/fd").map(leadsTo).sort(),
    threads: readdirSync("/proc/self/task").length,
  };
}

await host.netns.create(NETNS);
try {
  await round(1);
  await release();
  // This side's own thread for the ends of processes starts with the first of them.
  const base = { argv: ["true"], env: {}, cwd: "/", uid: UID, gid: UID, umask: 0o77, fds: [] };
  await host.process.wait(await host.process.spawn({ ...base, program: "/bin/true" }));
  const before = held();
  for (let index = 0; index < Number(rounds); index += 2) await Promise.all([round(index), round(index + 1)]);
  await release();
  const left = {
    loops: (await host.loop.list("bgrw")).length,
    links: (await host.link.list("bgrw")).length,
    living: (await host.process.listByUid({ first: UID, last: UID })).length,
  };
  console.log(JSON.stringify({ before, after: held(), left }));
} finally {
  await host.netns.delete(NETNS);
  await host.close();
}
