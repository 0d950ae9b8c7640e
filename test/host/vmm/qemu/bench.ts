import { existsSync, readdirSync } from "node:fs";
import { chown, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import path from "node:path";
import type { MachineSpec, Vmm } from "../../../../src/domain/ports.ts";
import type { HostOps, ProcessRef } from "../../../../src/host/host-ops.ts";
import { openLinuxHostOps } from "../../../../src/host/linux/index.ts";
import { silentLogger } from "../../../../src/shared/logger.ts";
import { QemuVmm } from "../../../../src/vmm/qemu/qemu-vmm.ts";
import { KvmProbe } from "../../../../src/vmm/shared/kvm/probe.ts";

export const UID = 700_123;
export const CONSOLE_LOG_BYTES = 64 * 1024;

export type MakeVmm = (host: HostOps) => Vmm;

/** As a daemon makes it. */
export const qemu: MakeVmm = (hostOps) =>
  new QemuVmm({
    hostOps,
    kvm: new KvmProbe({ hostOps, uid: UID - 1, cacheDirectory: null }),
    qemuBin: null,
    searchPath: process.env.PATH,
    consoleLogBytes: CONSOLE_LOG_BYTES,
    logger: silentLogger,
  });

/** One machine on the bench: its own directory, TAP and VMM, in a network namespace that the suite made. */
export class Bench {
  readonly host: HostOps;
  readonly vmm: Vmm;
  readonly directory: string;
  readonly machine: MachineSpec;

  private constructor(directory: string, makeVmm: MakeVmm, accelerator: MachineSpec["accelerator"]) {
    this.directory = directory;
    this.host = openLinuxHostOps();
    this.vmm = makeVmm(this.host);
    const file = (name: string) => path.join(directory, name);
    this.machine = {
      vmId: "0123456789abcdef0123456789abcdef",
      name: "brave-otter",
      vcpu: 1,
      memoryMib: 256,
      kernel: file("vmlinux"),
      initramfs: file("initramfs"),
      disks: {
        root: { path: file("root.img"), kind: "file", readOnly: false },
        work: { path: file("work.img"), kind: "file", readOnly: false },
        config: { path: file("config.img"), kind: "file", readOnly: true },
        upper: null,
      },
      tap: "bgr9001",
      mac: "02:62:67:00:23:29",
      uid: UID,
      gid: UID,
      cgroup: null,
      accelerator,
      consoleLog: file("console.log"),
      vmmLog: file("vmm.log"),
      runtime: file("run"),
      filled: Promise.resolve(),
    };
  }

  static async open(
    makeVmm: MakeVmm = qemu,
    accelerator: MachineSpec["accelerator"] = "tcg",
  ): Promise<Bench> {
    // The initial namespace cannot always be told from its link in /proc; one that the suite made has nothing but lo.
    if (Object.keys(networkInterfaces()).some((name) => name !== "lo")) {
      throw new Error(
        "these tests make TAPs: run them in a network namespace of their own (`make test` does)",
      );
    }
    const bench = new Bench(await mkdtemp(path.join(tmpdir(), "bgr-vmm-")), makeVmm, accelerator);
    const { machine } = bench;
    await mkdir(machine.runtime, { mode: 0o700 });
    await chown(machine.runtime, UID, UID);
    for (const disk of [machine.disks.root, machine.disks.work, machine.disks.config].map(
      ({ path }) => path,
    )) {
      await writeFile(disk, "", { mode: 0o600 });
      await truncate(disk, 2 ** 20);
      await chown(disk, UID, UID);
    }
    await bench.host.tap.create({ name: machine.tap, ownerUid: UID });
    await bench.host.link.setUp(machine.tap, true);
    return bench;
  }

  /** Puts kernel and initramfs in place and starts. */
  async start(kernel: Uint8Array, initramfs: Uint8Array = new Uint8Array(512)): Promise<ProcessRef> {
    await writeFile(this.machine.kernel, kernel);
    await writeFile(this.machine.initramfs, initramfs);
    return this.vmm.start(this.machine);
  }

  /** The console's log once it contains `text`; the VMM's end ends the wait. */
  async console(text: string, process?: ProcessRef): Promise<string> {
    for (;;) {
      const alive = process === undefined || (await this.host.process.isAlive(process));
      const log = existsSync(this.machine.consoleLog) ? await readFile(this.machine.consoleLog, "utf8") : "";
      if (log.includes(text)) return log;
      if (!alive) throw new Error(`the VMM ended; its console has no "${text}": ${log}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Processes of the machine's uid: none, once it has ended. */
  processes() {
    return this.host.process.listByUid({ first: UID, last: UID });
  }

  async close(): Promise<void> {
    for (const left of await this.processes()) await this.vmm.kill(left);
    await this.host.link.delete(this.machine.tap);
    await this.host.close();
    await rm(this.directory, { recursive: true });
  }
}

/** A real kernel: `BANGER_TEST_KERNEL`, or one that another suite has assembled under build/. Null where there is none yet. */
export function realKernel(): string | null {
  const given = process.env.BANGER_TEST_KERNEL;
  if (given !== undefined) return given;
  const build = path.resolve(import.meta.dirname, "../../../../build");
  const places = ["test-images", "e2e/base/state/banger/kernels"].map((place) => path.join(build, place));
  const found = places
    .filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).map((name) => path.join(place, name, "vmlinux")));
  return found.find((file) => existsSync(file)) ?? null;
}
