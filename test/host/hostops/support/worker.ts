/** What a worker of `workers.test.ts` does until it is ended: all kinds of calls, some under way at any moment. */
import { parentPort, workerData } from "node:worker_threads";
import { openLinuxHostOps } from "../../../../src/host/linux/index.ts";

const { file, netns, prefix, uid } = workerData as {
  file: string;
  netns: string;
  prefix: string;
  uid: number;
};
const host = openLinuxHostOps(process.env.BANGER_ADDON);
const base = { env: {}, cwd: "/", uid, gid: uid, umask: 0o77, fds: [] };

const CALLS: readonly (() => Promise<unknown>)[] = [
  async () => {
    const { device } = await host.loop.attach({ backingFile: file, readOnly: true, name: prefix });
    await host.loop.detach(device);
  },
  async () => {
    const ref = await host.process.spawn({ ...base, program: "/bin/true", argv: ["true"] });
    await host.process.wait(ref);
  },
  async () => {
    const ref = await host.process.spawn({ ...base, program: "/bin/sleep", argv: ["sleep", "1000"] });
    const wait = host.process.wait(ref);
    await host.process.signal(ref, 9);
    await wait;
  },
  () => host.process.spawn({ ...base, program: "/none", argv: [] }).catch(() => undefined),
  () => host.netns.in(netns).link.list(""),
  () => host.link.get("none"),
  async () => {
    await host.tap.create({ name: prefix, ownerUid: uid });
    await host.link.delete(prefix);
  },
];

async function forever(call: () => Promise<unknown>): Promise<never> {
  for (;;) await call();
}

for (const call of CALLS) void forever(call);
parentPort?.postMessage("busy");
