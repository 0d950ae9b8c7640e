import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { amount } from "../support/amount.ts";
import { processesIn } from "./support/inventory.ts";
import { eventually, mustRun, pause } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.open();
});

afterEach(() => sandbox.deleteVms());
afterAll(() => sandbox.close());

const sh = async (vm: string, script: string) => {
  const done = await sandbox.run(["vm", "exec", vm, "--", "sh", "-c", script]);
  if (done.status !== 0) throw new Error(`${script}: ${done.status} ${done.stderr}`);
  return done.stdout.toString();
};

const stateOf = async (vm: string) => (await sandbox.json<{ state: string }>("vm", "show", vm)).state;

/** Connections to a socket of that name that its listener has not taken yet. */
async function connecting(name: string): Promise<number> {
  const listening = await mustRun("nsenter", [`--net=/run/netns/${sandbox.netns}`, "ss", "-xlHn"]);
  const line = listening.split("\n").find((each) => each.includes(name));
  return Number(line?.split(/\s+/)[2] ?? 0);
}

describe("the life of a VM (VM-7, VM-8)", () => {
  it("keeps files on both disks over three rounds of stop and start, a kill and a panic", async () => {
    await sandbox.ok("vm", "create", "--name", "keeper", "--memory", "512M");
    const { id } = await sandbox.json<{ id: string }>("vm", "show", "keeper");
    await sh("keeper", "echo 0 > /root/work; echo 0 > /opt/disk; sync");
    const keys = await sh("keeper", "cat /etc/machine-id; cat /etc/ssh/ssh_host_ed25519_key.pub");
    const ends: [string, () => Promise<unknown>][] = [
      ["stop", () => sandbox.ok("vm", "stop", "keeper")],
      ["kill", () => sandbox.ok("vm", "kill", "keeper")],
      [
        "panic",
        async () => {
          await sandbox.run(["vm", "exec", "keeper", "--", "sh", "-c", "echo c > /proc/sysrq-trigger"]);
          await eventually(async () => (await stateOf("keeper")) === "stopped", "the panic is noticed");
        },
      ],
      [
        "VMM killed hard",
        async () => {
          process.kill(sandbox.vmmPid(id), "SIGKILL");
          await eventually(async () => (await stateOf("keeper")) === "stopped", "the death is noticed");
        },
      ],
      ["stop again", () => sandbox.ok("vm", "stop", "keeper")],
    ];
    let round = 0;
    for (const [how, end] of ends) {
      await end();
      expect([how, await stateOf("keeper")]).toEqual([how, "stopped"]);
      const down = await sandbox.inventory();
      expect(down.processes.filter((line) => line.includes("qemu"))).toEqual([]);
      expect(down.links.filter((link) => link.startsWith("bgr"))).toEqual([]);
      expect(down.runtime.filter((entry) => entry.includes(id))).toEqual([]);
      await sandbox.ok("vm", "start", "keeper");
      expect([how, await sh("keeper", "cat /root/work /opt/disk")]).toEqual([how, `${round}\n${round}\n`]);
      round += 1;
      await sh("keeper", `echo ${round} > /root/work; echo ${round} > /opt/disk; sync`);
    }
    expect(await sh("keeper", "cat /etc/machine-id; cat /etc/ssh/ssh_host_ed25519_key.pub")).toBe(keys);
    expect(await sandbox.ok("vm", "logs", "keeper")).toContain("sysrq");
    await sandbox.ok("vm", "rm", "-f", "keeper");
    expect((await sandbox.inventory()).vms).toEqual([]);
  });

  it("notices that the guest powered itself off", async () => {
    await sandbox.ok("vm", "create", "--name", "sleepy", "--memory", "512M");
    await sandbox.run(["vm", "exec", "sleepy", "--wait", "system", "--", "systemctl", "poweroff"]);
    await eventually(async () => (await stateOf("sleepy")) === "stopped", "the power-off is noticed");
    await sandbox.ok("vm", "rm", "sleepy");
  });

  it("boots two VMs at once, with addresses and names of their own", async () => {
    const created = await Promise.all(
      ["left", "right"].map((name) => sandbox.run(["vm", "create", "--name", name, "--memory", "512M"])),
    );
    expect(created.map((done) => done.status)).toEqual([0, 0]);
    const vms = await sandbox.json<{ name: string; address: string }[]>("vm", "list");
    expect(new Set(vms.map((vm) => vm.address)).size).toBe(2);
    expect(await Promise.all(["left", "right"].map((name) => sh(name, "hostname")))).toEqual([
      "left\n",
      "right\n",
    ]);
    await sandbox.ok("vm", "rm", "-f", "left", "right");
  });

  it("deletes a VM that never started", async () => {
    await sandbox.ok("vm", "create", "--name", "cold", "--no-start");
    expect(await stateOf("cold")).toBe("stopped");
    await sandbox.ok("vm", "rm", "cold");
    expect((await sandbox.inventory()).vms).toEqual([]);
  });
});

describe("the daemon's death (VM-11)", () => {
  it("leaves VMs running, and the next command starts a daemon that finds them", async () => {
    await sandbox.ok("vm", "create", "--name", "survivor", "--memory", "512M");
    const show = await sandbox.json<{ id: string; pid: number }>("vm", "show", "survivor");
    const bootId = await sh("survivor", "cat /proc/sys/kernel/random/boot_id");
    await sandbox.killDaemon();
    expect(await sh("survivor", "cat /proc/sys/kernel/random/boot_id")).toBe(bootId);
    expect((await sandbox.json<{ pid: number }>("vm", "show", "survivor")).pid).toBe(show.pid);
    expect(processesIn(sandbox.netns).filter((line) => line.includes("bangerd"))).toHaveLength(1);
    await sandbox.ok("vm", "stop", "survivor");
    await sandbox.ok("vm", "rm", "survivor");
  });

  it("a connection and its first bytes that reach the VMM in one moment are answered, each time", async () => {
    await sandbox.ok("vm", "create", "--name", "late", "--memory", "512M");
    const { pid } = await sandbox.json<{ pid: number }>("vm", "show", "late");
    for (let round = 1; round <= amount(3, 10); round += 1) {
      await sandbox.killDaemon();
      process.kill(pid, "SIGSTOP");
      const command = sandbox.start(["vm", "exec", "late", "--", "echo", String(round)], { input: "" });
      try {
        // The daemon's end of the agent's pipe: made, and written to, while the VMM stands still.
        await eventually(async () => (await connecting("agent.sock")) > 0, "the daemon is connecting");
        await pause(200); // it writes at once
      } finally {
        process.kill(pid, "SIGCONT");
      }
      const done = await command.finished;
      expect([done.stderr, done.stdout.toString()]).toEqual(["", `${round}\n`]);
    }
  });

  const deaths = amount(6, 20);
  it(`${deaths} times in a row, with a guest that gives its agent hardly a CPU: the next command is answered each time`, async () => {
    await sandbox.ok("vm", "create", "--name", "busy", "--memory", "512M", "--vcpu", "2");
    const hog = "setsid sh -c 'while :; do :; done' >/dev/null 2>&1 &";
    await sh("busy", `${hog} ${hog} ${hog} ${hog}`);
    for (let round = 1; round <= deaths; round += 1) {
      await sandbox.killDaemon();
      const done = await sandbox.run(["vm", "exec", "busy", "--", "echo", String(round)]);
      expect([done.stderr, done.stdout.toString()]).toEqual(["", `${round}\n`]);
    }
  });

  it("says what runs on at `daemon stop`, and goes on with it afterwards", async () => {
    await sandbox.ok("vm", "create", "--name", "patient", "--memory", "512M");
    const stopped = await sandbox.run(["daemon", "stop"]);
    expect(stopped.status).toBe(0);
    expect(stopped.stdout.toString() + stopped.stderr).toMatch(/1 VM/);
    expect(await sh("patient", "echo here")).toBe("here\n");
    await sandbox.ok("vm", "rm", "-f", "patient");
  });

  it("leaves nothing at all at `daemon stop` with no VM (DMN-6)", async () => {
    await sandbox.ok("vm", "run", "--rm", "--memory", "512M", "--", "true");
    await sandbox.ok("daemon", "stop");
    expect(processesIn(sandbox.netns)).toEqual([]);
    expect(await sandbox.inventory()).toEqual({
      processes: [],
      links: ["lo"],
      routes: [],
      addresses: ["127.0.0.1 lo"],
      nft: [],
      loops: [],
      deviceMapper: [],
      mounts: [],
      cgroups: [],
      // A plain file, which no stop may unlink: the next daemon may have opened it already.
      runtime: ["bangerd.lock"],
      vms: [],
      staging: [],
    });
  });
});
