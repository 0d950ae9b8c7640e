import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MachineSpec } from "../../../../src/domain/ports.ts";
import type { ProcessRef } from "../../../../src/host/host-ops.ts";
import { connectWhenThere } from "../../../../src/vmm/shared/connect.ts";
import { Bench, CONSOLE_LOG_BYTES } from "./bench.ts";
import { tinyGuest } from "./tiny-guest.ts";

const TEXT = "the first line\nand the last, without an end";
let bench: Bench;

beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench?.close());

describe("a machine that runs", () => {
  it("is jailed (VMM-2, VMM-4)", async () => {
    const process = await bench.start(tinyGuest(TEXT, "hang"));
    const status = await readFile(`/proc/${process.pid}/status`, "utf8");
    const field = (name: string) => new RegExp(`^${name}:[\\t ]*(.*)$`, "m").exec(status)?.[1];
    expect(field("Uid")).toBe(Array(4).fill(bench.machine.uid).join("\t"));
    expect(field("Gid")).toBe(Array(4).fill(bench.machine.gid).join("\t"));
    expect(field("Groups")).toBe("");
    expect([field("CapEff"), field("CapBnd"), field("CapAmb")]).toEqual(Array(3).fill("0".repeat(16)));
    expect(field("NoNewPrivs")).toBe("1");
    expect(field("Seccomp")).toBe("2");
    expect(await readlink(`/proc/${process.pid}/ns/mnt`)).not.toBe(await readlink("/proc/self/ns/mnt"));
    const root = await readdir(`/proc/${process.pid}/root/`);
    const mayHave = new Set(["bin", "dev", "etc", "lib", "lib64", "run", "usr"]);
    const files = ["config.img", "initramfs", "kernel", "root.img", "work.img"];
    expect(root.filter((name) => !mayHave.has(name)).sort()).toEqual(files);
    expect(await readdir(`/proc/${process.pid}/root/dev`)).toEqual(["null"]);
    expect(await readdir(`/proc/${process.pid}/root/etc`)).toEqual(["ld.so.cache"]);
    const stat = await readFile(`/proc/${process.pid}/stat`, "utf8");
    expect(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3], "its own session").toBe(String(process.pid));
  });

  it("has its sockets, 0600 and its own, and no descriptor of ours", async () => {
    const process = await bench.start(tinyGuest(TEXT, "hang"));
    const { runtime, uid } = bench.machine;
    for (const name of ["agent.sock", "console.sock", "qmp.sock"]) {
      const socket = await stat(`${runtime}/${name}`);
      expect([socket.isSocket(), socket.uid, socket.mode & 0o077]).toEqual([true, uid, 0]);
    }
    const fds = await readdir(`/proc/${process.pid}/fd`);
    const targets = await Promise.all(fds.map((fd) => readlink(`/proc/${process.pid}/fd/${fd}`)));
    const foreign = targets.filter(
      (target) =>
        !/^(\/dev\/null|\/dev\/net\/tun|socket:|anon_inode:|\/(root|work|config)\.img|.*\/vmm\.log)/.test(
          target,
        ),
    );
    expect(foreign).toEqual([]);
  });

  it("is killed, and leaves nothing", async () => {
    const process = await bench.start(tinyGuest(TEXT, "hang"));
    await bench.console(TEXT, process);
    await bench.vmm.kill(process);
    expect(await bench.processes()).toEqual([]);
    await bench.vmm.cleanUp(bench.machine);
    expect(await readdir(bench.machine.runtime)).toEqual([]);
    expect(await bench.vmm.wait(process)).toMatchObject({ signal: 9 });
    await bench.vmm.kill(process);
  });

  it("gives its agent's pipe to one connection after another", async () => {
    await bench.start(tinyGuest(TEXT, "hang"));
    const machine = { runtime: bench.machine.runtime, bootToken: "" };
    for (let round = 0; round < 3; round++) {
      const pipe = await bench.vmm.connectGuest(machine, new AbortController().signal);
      pipe.destroy();
    }
  });

  it("takes a press of its power button, again and again", async () => {
    const process = await bench.start(tinyGuest(TEXT, "hang"));
    await bench.vmm.powerButton(bench.machine);
    await bench.vmm.powerButton(bench.machine);
    expect(await bench.host.process.isAlive(process)).toBe(true);
  });
});

describe("the console", () => {
  it("has everything from the guest's first byte to its last, though it ends at once", async () => {
    const process = await bench.start(tinyGuest(TEXT, "reset"));
    expect(await bench.vmm.wait(process)).toEqual({ code: 0, signal: null });
    expect(await bench.console(TEXT)).toBe(TEXT);
    expect((await stat(bench.machine.consoleLog)).mode & 0o777).toBe(0o600);
  });

  it("cannot fill the disk (VMM-2)", async () => {
    const process = await bench.start(tinyGuest("x".repeat(4095), "again"));
    const size = (file: string) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      );
    while ((await size(`${bench.machine.consoleLog}.1`)) < CONSOLE_LOG_BYTES) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await bench.vmm.kill(process);
    expect(await size(bench.machine.consoleLog)).toBeLessThanOrEqual(CONSOLE_LOG_BYTES);
    expect(await size(`${bench.machine.consoleLog}.1`)).toBe(CONSOLE_LOG_BYTES);
  });

  it("goes on, as the machine does, under a daemon that was started again (VMM-2)", async () => {
    const { machine } = bench;
    await writeFile(machine.kernel, tinyGuest(`${"x".repeat(63)}\n`, "again"));
    await writeFile(machine.initramfs, "");
    const process = await startByADaemonThatIsKilled(machine);
    expect(await bench.host.process.isAlive(process)).toBe(true);
    await rm(machine.consoleLog);
    bench.vmm.followConsole(machine, () => undefined);
    bench.vmm.followConsole(machine, () => undefined);
    await bench.console("xxx", process);
    await bench.vmm.kill(process);
    expect((await bench.vmm.wait(process)).code).toBeNull();
  });
});

/** Another process starts the machine, tells what it started, and is gone. */
async function startByADaemonThatIsKilled(machine: MachineSpec): Promise<ProcessRef> {
  const script = path.join(import.meta.dirname, "short-daemon.ts");
  const daemon = spawn(process.execPath, [script, JSON.stringify(machine)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    for await (const line of createInterface(daemon.stdout)) {
      const ref = JSON.parse(line);
      return { ...ref, startTimeTicks: BigInt(ref.startTimeTicks) };
    }
    throw new Error("the daemon started nothing");
  } finally {
    daemon.kill("SIGKILL");
    if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, "exit");
  }
}

describe("a VMM that dies while it starts", () => {
  it("is noticed, with the tail of its log, and leaves nothing (VMM-3)", async () => {
    const start = bench.start(tinyGuest(TEXT, "hang", 0));
    await expect(start).rejects.toMatchObject({
      code: "ERR_VMM_DIED",
      next: expect.stringContaining(bench.machine.vmmLog),
      details: { code: 1, logTail: expect.stringContaining("PVH") },
    });
    expect(await bench.processes()).toEqual([]);
    expect(await readdir(bench.machine.runtime)).toEqual([]);
  });

  it("says what it missed", async () => {
    const { vmm, machine } = bench;
    await writeFile(machine.kernel, tinyGuest(TEXT, "hang"));
    await writeFile(machine.initramfs, "");
    const start = vmm.start({ ...machine, memoryMib: 2 ** 40 });
    await expect(start).rejects.toMatchObject({
      code: "ERR_VMM_DIED",
      message: expect.stringMatching(/memory|RAM|size/i),
    });
    expect(await bench.processes()).toEqual([]);
  });

  it("is not started where a file of it is missing", async () => {
    const start = bench.vmm.start({ ...bench.machine, kernel: `${bench.directory}/none` });
    await expect(start).rejects.toMatchObject({ code: "ERR_HOST_NOT_FOUND" });
    expect(await bench.processes()).toEqual([]);
  });
});

describe("preflight", () => {
  it("finds nothing missing here, and takes an accelerator that it can explain", async () => {
    expect(await bench.vmm.preflight()).toEqual([]);
    const { reason } = await bench.vmm.accelerator();
    expect(reason).not.toBe("");
  });
});

describe("connectWhenThere", () => {
  it("gives up with the signal's reason", async () => {
    const abort = new AbortController();
    const connecting = connectWhenThere(`${bench.machine.runtime}/none.sock`, abort.signal);
    abort.abort(new Error("enough"));
    await expect(connecting).rejects.toThrow("enough");
  });
});
