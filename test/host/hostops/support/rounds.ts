/**
 * 10,000 acquisitions and releases, for `flat.test.ts`: a program of its own, so that what is counted is HostOps' and not the test
 * runner's. `node --expose-gc rounds.ts FILE ROUNDS` prints what the process and the kernel hold before and after.
 */
import { readdirSync, readFileSync } from "node:fs";
import { openLinuxHostOps } from "../../../../src/host/linux/index.ts";
import { zombies } from "./proc.ts";

const PREFIX = "bgrf";
const NETNS = `${PREFIX}-${process.pid}`;
const UID = 619_001;
const [file = "", rounds = "0"] = process.argv.slice(2);
const host = openLinuxHostOps(process.env.BANGER_ADDON);

async function program(path: string): Promise<void> {
  const base = { argv: ["x"], env: {}, cwd: "/", uid: UID, gid: UID, umask: 0o77, fds: [] };
  await host.process.wait(await host.process.spawn({ ...base, program: path }));
}

async function failing(work: Promise<unknown>): Promise<void> {
  const failed = await work.then(
    () => false,
    () => true,
  );
  if (!failed) throw new Error("what should have failed did not");
}

/** Kinds of rounds, and how many of each hundred. */
const KINDS: readonly [number, (round: number) => Promise<unknown>][] = [
  [
    25,
    async () => {
      const { device } = await host.loop.attach({ backingFile: file, readOnly: true, name: PREFIX });
      await host.loop.detach(device);
    },
  ],
  [5, () => failing(host.loop.attach({ backingFile: "/none", readOnly: true, name: PREFIX }))],
  [10, () => program("/bin/true")],
  [10, () => failing(program("/none"))],
  [
    8,
    async (round) => {
      const name = `${PREFIX}${round}`;
      await host.tap.create({ name, ownerUid: UID });
      await host.link.delete(name);
    },
  ],
  [5, () => failing(host.tap.create({ name: "lo", ownerUid: UID }))],
  [
    2,
    async (round) => {
      await host.netns.create(`${NETNS}-${round}`);
      await host.netns.delete(`${NETNS}-${round}`);
    },
  ],
  [15, () => host.netns.in(NETNS).link.list("")],
  [5, () => host.netns.in(NETNS).nft.available()],
  [10, () => failing(host.netns.in("bgrf-none").link.list(""))],
  [5, () => failing(host.route.add({ destination: "192.0.2.1/32", link: "none" }))],
];

/** Four at a time, as many as the addon has threads. */
async function run(count: number): Promise<number> {
  const plan = KINDS.flatMap(([share, round]) => Array.from({ length: share }, () => round));
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const round = next++;
      // 37 is prime to 100: each hundred has each kind as often as it says, mixed.
      await plan[(round * 37) % plan.length]?.(round);
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  return next;
}

async function held() {
  for (let pass = 0; pass < 3; pass += 1) {
    globalThis.gc?.();
    await new Promise((done) => setTimeout(done, 20));
  }
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    threads: readdirSync("/proc/self/task").length,
    mounts: readFileSync("/proc/self/mountinfo", "utf8").trim().split("\n").length,
    zombies: zombies().length,
    loops: (await host.loop.list(PREFIX)).length,
    links: (await host.link.list("")).length,
    namespaces: (await host.netns.list(NETNS)).length,
    processes: (await host.process.listByUid({ first: UID, last: UID })).length,
    rssBytes: process.memoryUsage.rss(),
  };
}

await host.netns.create(NETNS);
try {
  await run(400); // the pool's threads, the watcher's, code that is compiled, arenas of malloc
  const before = await held();
  const done = await run(Number(rounds));
  console.log(JSON.stringify({ done, before, after: await held() }));
} finally {
  await host.netns.delete(NETNS);
  await host.close();
}
