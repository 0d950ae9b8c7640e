import { readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { logTail } from "../../../../src/vmm/shared/log-tail.ts";
import { Bench, CONSOLE_LOG_BYTES, realKernel } from "../qemu/bench.ts";
import { tinyGuest } from "../qemu/tiny-guest.ts";
import { tinyInitramfs } from "../qemu/tiny-init.ts";
import { firecracker, obstacle } from "./support.ts";

const TEXT = "the first line\nand the last, without an end";
let bench: Bench;

beforeEach(async (context) => {
  const reason = await obstacle();
  if (reason !== null) {
    console.warn(reason);
    context.skip(reason);
  }
  bench = await Bench.open(firecracker, "kvm");
});
afterEach(() => bench?.close());

const size = (file: string) =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );
const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

describe("a machine that runs", () => {
  it("is jailed (VMM-2, VMM-4)", async () => {
    const process = await bench.start(tinyGuest(TEXT, "hang"));
    const status = await readFile(`/proc/${process.pid}/status`, "utf8");
    const field = (name: string) => new RegExp(`^${name}:[\\t ]*(.*)$`, "m").exec(status)?.[1];
    expect(field("Uid")).toBe(Array(4).fill(bench.machine.uid).join("\t"));
    expect(field("Groups")).toBe("");
    expect([field("CapEff"), field("CapBnd"), field("CapAmb")]).toEqual(Array(3).fill("0".repeat(16)));
    expect(field("NoNewPrivs")).toBe("1");
    expect(await readlink(`/proc/${process.pid}/ns/mnt`)).not.toBe(await readlink("/proc/self/ns/mnt"));
    const root = (await readdir(`/proc/${process.pid}/root/`)).sort();
    const own = [
      "config.img",
      "dev",
      "firecracker",
      "initramfs",
      "kernel",
      "machine.json",
      "root.img",
      "run",
      "work.img",
    ];
    const ofADynamicOne = new Set(["bin", "etc", "lib", "lib64", "usr"]);
    expect(root.filter((name) => !ofADynamicOne.has(name))).toEqual(own);
    expect((await readdir(`/proc/${process.pid}/root/dev`)).sort()).toEqual(["kvm", "net", "null"]);
    const fields = await readFile(`/proc/${process.pid}/stat`, "utf8");
    expect(fields.slice(fields.lastIndexOf(")") + 2).split(" ")[3], "its own session").toBe(
      String(process.pid),
    );
  });

  it("has its files, its own and nobody else's, and no descriptor of ours", async () => {
    const process = await bench.start(tinyGuest(TEXT, "hang"));
    const { runtime, uid } = bench.machine;
    for (const name of ["api.sock", "vsock", "console.fifo", "log.fifo"]) {
      const file = await stat(`${runtime}/${name}`);
      expect([name, file.uid, file.mode & 0o077]).toEqual([name, uid, 0]);
    }
    const fds = await readdir(`/proc/${process.pid}/fd`);
    const targets = await Promise.all(fds.map((fd) => readlink(`/proc/${process.pid}/fd/${fd}`)));
    const known =
      /^(\/dev\/(null|kvm|net\/tun)|socket:|anon_inode:|\/(root|work|config)\.img|.*\/(vmm\.log|(console|log)\.fifo)$)/;
    expect(targets.filter((target) => !known.test(target))).toEqual([]);
  });

  it("is killed, and leaves nothing; pressed and connected to before", async () => {
    const process = await bench.start(tinyGuest(TEXT, "hang"));
    await bench.console(TEXT, process);
    await bench.vmm.powerButton(bench.machine);
    await bench.vmm.powerButton(bench.machine);
    await bench.vmm.kill(process);
    expect(await bench.processes()).toEqual([]);
    await bench.vmm.cleanUp(bench.machine);
    expect(await readdir(bench.machine.runtime)).toEqual([]);
    expect(await bench.vmm.wait(process)).toMatchObject({ signal: 9 });
    await expect(bench.vmm.powerButton(bench.machine)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("starts where its last start left its files, once they are cleaned up", async () => {
    const first = await bench.start(tinyGuest(TEXT, "hang"));
    await bench.vmm.kill(first);
    await bench.vmm.cleanUp(bench.machine);
    const second = await bench.vmm.start(bench.machine);
    expect(await bench.host.process.isAlive(second)).toBe(true);
  });
});

describe("console and log", () => {
  it("have everything from the guest's first byte to its last, and what Firecracker says", async () => {
    const process = await bench.start(tinyGuest(TEXT, "hang"));
    expect(await bench.console(TEXT, process)).toBe(TEXT);
    expect((await stat(bench.machine.consoleLog)).mode & 0o777).toBe(0o600);
    while (!(await logTail(bench.machine.vmmLog)).includes(bench.machine.vmId)) await pause();
  });

  it("cannot fill the disk (VMM-2)", async () => {
    const process = await bench.start(tinyGuest("x".repeat(4095), "again"));
    while ((await size(`${bench.machine.consoleLog}.1`)) < CONSOLE_LOG_BYTES) await pause();
    await bench.vmm.kill(process);
    expect(await size(bench.machine.consoleLog)).toBeLessThanOrEqual(CONSOLE_LOG_BYTES);
  });

  it("go on under a daemon that was started again; until then the machine does not wait (VMM-2)", async () => {
    const process = await bench.start(tinyGuest("y".repeat(4095), "again"));
    await bench.console("yyy", process);
    await rm(bench.machine.consoleLog);
    // A follower of another daemon: this one's keeps the file that is removed.
    const next = firecracker(bench.host);
    next.followConsole(bench.machine, () => undefined);
    await bench.console("yyy", process);
    await bench.vmm.kill(process);
  });
});

describe("a VMM that dies while it starts", () => {
  it("is noticed, with its last words, and leaves nothing (VMM-3)", async () => {
    await expect(bench.start(Buffer.from("no kernel"))).rejects.toMatchObject({
      code: "ERR_VMM_DIED",
      message: expect.stringMatching(/^Firecracker ended with status \d+ while it started: Error: /),
      next: expect.stringContaining(bench.machine.vmmLog),
    });
    expect(await bench.processes()).toEqual([]);
    expect(await readdir(bench.machine.runtime)).toEqual([]);
  });

  it("is not started with more CPUs than it can have", async () => {
    const start = bench.vmm.start({ ...bench.machine, vcpu: 33 });
    await expect(start).rejects.toMatchObject({ code: "ERR_TOO_MANY_VCPUS" });
  });
});

describe("a real kernel", () => {
  it.for(["reboot", "panic"] as const)("ends its VMM by a %s", async (end, { skip }) => {
    const kernel = realKernel();
    if (kernel === null) return skip("no kernel: run the host suite of images or the e2e suite first");
    const problems = await bench.vmm.preflight();
    if (problems.length > 0) return skip(problems.map(({ message }) => message).join("; "));
    const process = await bench.start(await readFile(kernel), tinyInitramfs("hello from init\n", end));
    await bench.vmm.wait(process);
    expect(await bench.console("hello from init")).toContain("hello from init");
  });
});
