/** Makes one call of each kind and prints how it failed, for `errors.test.ts`: `node refused.ts FILE NETNS PID STARTTIME [CALL]...`. */
import { readFileSync } from "node:fs";
import { HostError } from "../../../../src/host/host-error.ts";
import { openLinuxHostOps } from "../../../../src/host/linux/index.ts";

const [file = "", netns = "", pid = "0", startTimeTicks = "0", ...wanted] = process.argv.slice(2);
const host = openLinuxHostOps(process.env.BANGER_ADDON);
const base = { argv: ["x"], env: {}, cwd: "/", uid: 622_001, gid: 622_001, umask: 0o77, fds: [] };
const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
const init = { pid: Number(pid), startTimeTicks: BigInt(startTimeTicks), bootId, uid: 0 };

const CALLS: Readonly<Record<string, () => Promise<unknown>>> = {
  "loop.attach": () => host.loop.attach({ backingFile: file, readOnly: true, name: "bgrr" }),
  "dm.create": () =>
    host.dm.create({ name: "bgrr", table: [{ type: "zero", lengthSectors: 8n }], readOnly: false }),
  "tap.create": () => host.tap.create({ name: "bgrr0", ownerUid: 1 }),
  "link.setUp": () => host.link.setUp("lo", false),
  "link.createDummy": () => host.link.createDummy("bgrr1"),
  "link.delete": () => host.link.delete("lo"),
  "link.list": () => host.link.list(""),
  "address.add": () => host.address.add("lo", "172.30.7.1/32"),
  "route.add": () => host.route.add({ destination: "172.30.7.2/32", link: "lo" }),
  "neighbour.set": () => host.neighbour.set({ link: "lo", address: "172.30.7.2", mac: "02:00:00:00:00:01" }),
  "netns.create": () => host.netns.create("bgrr-new"),
  "netns.delete": () => host.netns.delete(netns),
  "netns.in": () => host.netns.in(netns).link.list(""),
  "process.spawn": () => host.process.spawn({ ...base, program: "/bin/true" }),
  "process.signal": () => host.process.signal(init, 15),
};

const found: Record<string, unknown> = {};
for (const [name, call] of Object.entries(CALLS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  found[name] = await call().then(
    () => "done",
    (error: unknown) =>
      error instanceof HostError
        ? { code: error.code, errnoCode: error.errnoCode, syscall: error.syscall, next: error.next ?? null }
        : String(error),
  );
}
await host.close();
process.stdout.write(JSON.stringify(found));
