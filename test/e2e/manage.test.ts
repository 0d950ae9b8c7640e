import { rename } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, type Running } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

interface Stats {
  name: string;
  cpuPercent: number | null;
  memoryBytes: number | null;
  disks: { name: string; usedBytes: number; totalBytes: number }[];
  network: { receivedBytes: number; sentBytes: number } | null;
  uptimeSeconds: number | null;
}

const MIB = 2 ** 20;

let sandbox: Sandbox;
let id: string;
/** `vm logs -f` of the VM, from its begin to its end. */
let following: Running;

beforeAll(async () => {
  sandbox = await Sandbox.open({ config: 'stats_poll_interval = "500ms"\n' });
  await sandbox.ok("vm", "create", "--name", "web", "--memory", "512M", "--disk-size", "1G");
  id = (await sandbox.json<{ id: string }>("vm", "show", "web")).id;
  following = sandbox.start(["vm", "logs", "-f", "web"]);
  await say("first");
  await following.until(/first-42/);
});

afterAll(async () => {
  try {
    await sandbox.deleteVms();
    await following?.finished;
  } finally {
    await sandbox.close();
  }
});

const sh = async (script: string) => {
  const done = await sandbox.run(["vm", "exec", "web", "--", "sh", "-c", script]);
  if (done.status !== 0) throw new Error(`${script}: ${done.status} ${done.stderr}`);
  return done.stdout.toString();
};
/** On the console, in words that the command line does not have. */
const say = (word: string) => sh(`echo ${word}-$((40 + 2)) > /dev/console`);
const stats = async (...refs: string[]) => sandbox.json<Stats[]>("vm", "stats", ...refs);
const stateOf = async (vm: string) => (await sandbox.json<{ state: string }>("vm", "show", vm)).state;

describe("vm stats (VM-12)", () => {
  it("sees CPU that the guest burns, memory that its VMM holds, bytes that it writes and sends", async () => {
    const [before] = await stats("web");
    expect(before?.memoryBytes).toBeGreaterThan(30 * MIB);
    const burning = sandbox.start(["vm", "exec", "web", "--", "sh", "-c", "echo on; while :; do :; done"]);
    await burning.until(/on/);
    await eventually(
      async () => ((await stats("web"))[0]?.cpuPercent ?? 0) > 5,
      "the guest is seen to use the CPU",
    );
    burning.child.kill("SIGTERM");
    await burning.finished;
    await sh(
      "head -c 20000000 /dev/urandom > /root/blob; sync; ping -c 3 -i 0.2 172.30.0.1 >/dev/null 2>&1 || :",
    );
    const [after] = await stats();
    const used = (each: Stats | undefined, name: string) =>
      each?.disks.find((disk) => disk.name === name)?.usedBytes ?? 0;
    expect(used(after, "work") - used(before, "work")).toBeGreaterThan(19_000_000);
    expect(after?.disks.find(({ name }) => name === "work")?.totalBytes).toBe(2 ** 30);
    expect(after?.network?.sentBytes).toBeGreaterThan(0);
    expect(after?.uptimeSeconds).toBeGreaterThan(before?.uptimeSeconds ?? 0);
  });

  it("--watch in a pipe is one block after another, until it is interrupted", async () => {
    const watching = sandbox.start(["vm", "stats", "--watch"]);
    await watching.until(/web[\s\S]*\n\nNAME[\s\S]*web[\s\S]*\n\nNAME/);
    watching.child.kill("SIGINT");
    expect((await watching.finished).status).toBe(130);
    expect(watching.stdout).not.toContain("\u001b");
  });
});

describe("vm health", () => {
  it("is that of agent, init and VMM, and its status says so", async () => {
    await eventually(
      async () => (await sandbox.run(["vm", "health", "web"])).status === 0,
      "the guest is healthy",
    );
    const [{ health }] = await sandbox.json<[{ health: { status: string; agent: { bootId: string } } }]>(
      ...["vm", "health", "web"],
    );
    expect(health).toMatchObject({
      status: "healthy",
      vmmAlive: true,
      agent: { protocol: 1, init: "running" },
    });
    expect(health.agent.bootId).toBe((await sh("cat /proc/sys/kernel/random/boot_id")).trim());
    await sh("systemctl start nothing-like-this.service 2>/dev/null || :");
    const both = await sandbox.run(["vm", "health", "nope", "web"]);
    expect(both.status).toBe(1);
    expect(both.stderr).toMatch(/there is no VM "nope"/);
    expect(both.stdout.toString()).toMatch(/^web +healthy +alive/m);
  });
});

describe("vm set (VM-9)", () => {
  it("of a VM that runs: vcpu and memory at the next start, the work disk not at all", async () => {
    const refused = await sandbox.run(["vm", "set", "--disk-size", "2G", "--vcpu", "2", "web"]);
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining("banger vm stop web") });
    const set = await sandbox.run(["vm", "set", "--vcpu", "2", "--memory", "640M", "web"]);
    expect(set).toMatchObject({ status: 0, stderr: expect.stringContaining("at its next start") });
    expect(await sandbox.ok("vm", "show", "web")).toMatch(
      /memory: +512 MiB \(640 MiB from the next start on\)/,
    );
    expect(await sh("nproc")).toBe("1\n");
  });

  it("of one that is stopped: the disk's filesystem has grown at the next start, with its files", async () => {
    await say("second");
    await sandbox.ok("vm", "stop", "web");
    // As the daemon does when the log is full.
    const log = (await sandbox.json<{ consoleLog: string }>("vm", "show", "web")).consoleLog;
    await rename(log, `${log}.1`);
    expect(await sandbox.ok("vm", "set", "--disk-size", "2G", "web", "web")).toBe("web\n");
    const shrunk = await sandbox.run(["vm", "set", "--disk-size", "1G", "web"]);
    expect(shrunk).toMatchObject({ status: 1, stderr: expect.stringContaining("cannot shrink") });
    await sandbox.ok("vm", "start", "web");
    expect(await sh("nproc")).toBe("2\n");
    expect(Number(await sh("awk '/MemTotal/ {print $2}' /proc/meminfo"))).toBeGreaterThan(560_000);
    await eventually(
      async () =>
        Number(await sh("stat -f -c '%b*%S' /root | { IFS='*' read -r a b; echo $((a*b)); }")) >
        1.9 * 2 ** 30,
      "the filesystem has grown",
    );
    expect(await sh("stat -c %s /root/blob")).toBe("20000000\n");
  });

  it.each([
    [["vm", "set", "web"], 2, /nothing to set/],
    [["vm", "set", "--vcpu", "0", "web"], 2, /whole number/],
    [["vm", "set", "--vcpu", "100000", "web"], 1, /out of bounds/],
    [["vm", "set", "--net", "x", "web"], 2, /neither none/],
  ])("%j is refused", async (args, status, message) => {
    const done = await sandbox.run(args);
    expect([done.status, done.stderr]).toEqual([status, expect.stringMatching(message)]);
  });
});

describe("vm logs (VM-12)", () => {
  it("-f has followed over a rotation and a restart, without a loss", async () => {
    await say("third");
    await following.until(/third-42/);
    expect(following.stdout.match(/(first|second|third)-42/g)).toEqual(["first-42", "second-42", "third-42"]);
    const tail = await sandbox.ok("vm", "logs", "--tail", "1", "web");
    expect(tail.trimEnd().split("\n")).toHaveLength(1);
  });

  it("daemon logs -f goes on over the daemon's restart", async () => {
    const following = sandbox.start(["daemon", "logs", "-f", "--tail", "0"]);
    // It follows once it shows what the daemon logs now.
    await eventually(async () => {
      await sandbox.run(["vm", "show", "nope"]);
      return following.stdout.includes("ERR_VM_NOT_FOUND");
    }, "the log is followed");
    await sandbox.ok("daemon", "stop");
    await sandbox.ok("daemon", "start");
    await following.until(/"stopped"[\s\S]*"ready"/);
    following.child.kill("SIGINT");
    expect((await following.finished).signal).toBe("SIGINT");
  });
});

describe("idle VMs (VM-14)", () => {
  it("stop when nobody uses them, not while a command runs, and the use is remembered by the next daemon", async () => {
    await sandbox.ok("daemon", "stop");
    await sandbox.configure('auto_stop_stale_after = "3s"\n');
    const busy = sandbox.start(["vm", "exec", "web", "--", "sh", "-c", "echo on; sleep 10; echo off"]);
    const done = await busy.finished;
    expect([done.status, done.stdout.toString()]).toEqual([0, "on\noff\n"]);
    await eventually(async () => (await stateOf("web")) === "stopped", "it is stopped");
    expect(await sandbox.daemonLog()).toMatch(new RegExp(`"vm":"${id}"[^\\n]*nobody used this VM`));
    expect((await sandbox.inventory()).links.filter((link) => link.startsWith("bgr"))).toEqual([]);
  });

  it("a log is followed until its VM is deleted", async () => {
    const last = sandbox.start(["vm", "logs", "-f", "web"]);
    await last.until(/third-42/);
    await sandbox.ok("vm", "rm", "web");
    expect((await last.finished).status).toBe(0);
  });
});
