import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";

const INDEX = path.resolve(import.meta.dirname, "../../../src/host/linux/index.ts");
const BEGIN = "/banger-test-begin";
const END = "/banger-test-end";
/** What the event loop, the collector and the hand-over to a thread themselves do: waiting for others, waking them and saying where, memory. */
const OWN = new Set([
  ...["epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "read", "write", "futex", "sched_yield"],
  ...["mmap", "munmap", "mprotect", "madvise", "brk", "pkey_mprotect", "getpid", "gettid", "clock_gettime"],
  ...["rt_sigprocmask", "restart_syscall", "sched_getaffinity", "sched_setaffinity", "getrusage", "times"],
]);

const scratch = useScratch();

/** Every kind of call once, successes and failures, between two marks that strace sees. */
function script(disk: string): string {
  return `
    import { accessSync } from "node:fs";
    import { openLinuxHostOps } from ${JSON.stringify(INDEX)};
    const host = openLinuxHostOps(process.env.BANGER_ADDON);
    const base = { argv: ["x"], env: {}, cwd: "/", uid: 621001, gid: 621001, umask: 63, fds: [] };
    const mark = (path) => { try { accessSync(path); } catch {} };
    const netns = "bgre-" + process.pid;
    const each = async () => {
      await host.netns.create(netns);
      for (const { tap, link, address, route, neighbour } of [host, host.netns.in(netns)]) {
        await tap.create({ name: "bgre0", ownerUid: 1 });
        await link.setUp("bgre0", true);
        await link.list("");
        await address.add("bgre0", "172.30.8.1/32");
        await address.list();
        await route.add({ destination: "172.30.8.2/32", link: "bgre0" });
        await neighbour.set({ link: "bgre0", address: "172.30.8.2", mac: "02:00:00:00:00:01" });
        await route.list();
        await route.delete({ destination: "172.30.8.2/32", link: "bgre0" });
        await link.createDummy("bgre1").catch(() => {});
        await link.delete("bgre0");
        await link.delete("bgre1");
      }
      await host.netns.list("bgre");
      await host.netns.delete(netns);
      const { device } = await host.loop.attach({ backingFile: ${JSON.stringify(disk)}, readOnly: false, name: "bgre" });
      await host.loop.refreshSize(device);
      await host.loop.status(device);
      await host.loop.list("bgre");
      await host.loop.detach(device);
      await host.dm.list("bgre").catch(() => {});
      await host.clone.canReflink(${JSON.stringify(path.dirname(disk))});
      await host.clone.copy(${JSON.stringify(disk)}, ${JSON.stringify(`${disk}.copy`)}).catch(() => {});
      const ref = await host.process.spawn({ ...base, program: "/bin/sleep", argv: ["sleep", "1000"] });
      const abort = new AbortController();
      const aborted = host.process.wait(ref, { signal: abort.signal }).catch(() => {});
      abort.abort();
      await aborted;
      await host.process.isAlive(ref);
      await host.process.usage(ref);
      await host.process.signal(ref, 9);
      await host.process.wait(ref);
      await host.process.spawn({ ...base, program: "/none" }).catch(() => {});
      await host.process.listByUid({ first: 621001, last: 621001 });
      await host.cgroup.root();
      await host.cgroup.create("bgre", { pidsMax: 9 }).catch(() => {});
      await host.cgroup.usage("bgre");
      await host.cgroup.delete("bgre");
    };
    try {
      await each(); // what is compiled or loaded once
      mark("${BEGIN}");
      await each();
      mark("${END}");
    } finally {
      await host.netns.delete(netns);
      await host.close();
    }`;
}

it("no call of HostOps makes a system call on the event loop's thread", async () => {
  await openReal().close();
  writeFileSync(scratch.path("disk"), Buffer.alloc(1024 * 1024));
  const trace = scratch.path("trace");
  const program = [process.execPath, "--input-type=module", "-e", script(scratch.path("disk"))];
  const { status, stderr, error } = spawnSync("strace", ["-f", "-o", trace, ...program], {
    encoding: "utf8",
  });
  if (error) throw new Error(`strace is not installed: apt-get install strace (${error.message})`);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const lines = readFileSync(trace, "utf8").split("\n");
  const at = (mark: string) => lines.findIndex((line) => line.includes(`"${mark}"`));
  const main = /^\d+/.exec(lines[at(BEGIN)] ?? "")?.[0];
  const between = lines.slice(at(BEGIN) + 1, at(END));
  const calls = (ofMain: boolean) =>
    between
      .filter((line) => line.startsWith(`${main} `) === ofMain)
      .map((line) => /^\d+ +([a-z0-9_]+)\(/.exec(line)?.[1])
      .filter((name) => name !== undefined);
  // The others did the work, so the look is in the right place.
  expect(calls(false)).toEqual(expect.arrayContaining(["ioctl", "sendto", "setns", "clone3", "mount"]));
  expect(calls(true).some((name) => name.startsWith("epoll_"))).toBe(true); // it is the thread that waits for all others
  expect(calls(true).filter((name) => !OWN.has(name))).toEqual([]);
});
