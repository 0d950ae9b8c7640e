import { chown, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProcessOps, ProcessRef } from "../../../../../src/host/host-ops.ts";
import { silentLogger } from "../../../../../src/shared/logger.ts";
import { FirecrackerVmm } from "../../../../../src/vmm/firecracker/firecracker-vmm.ts";
import { QemuVmm } from "../../../../../src/vmm/qemu/qemu-vmm.ts";
import { KvmProbe, type ProbeBoot } from "../../../../../src/vmm/shared/kvm/probe.ts";
import { probeName, sweepProbes } from "../../../../../src/vmm/shared/kvm/strays.ts";

const UID = 700_000;
/** This process's pid, and a time at which it did not start: a maker that is gone, and whose pid is in use again. */
const LEFT = `banger-kvm-probe-${process.pid}-1`;
const GONE = `banger-kvm-probe-${2 ** 22 + 1}-77`;
const NOTHING_RUNS = { process: { listByUid: async () => [] } as unknown as ProcessOps };
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "strays-"));
});
afterEach(() => rm(directory, { recursive: true }));

describe("sweepProbes (ST-5)", () => {
  it("ends probes whose maker is gone, and no others", async () => {
    const mine = await probeName();
    const lines = [
      ["/usr/bin/qemu", "-name", `guest=${LEFT}`],
      ["firecracker", "--id", GONE],
      ["firecracker", "--id", mine],
      ["qemu", "-name", "guest=a-vm"],
    ];
    const killed: number[] = [];
    const fake: Pick<ProcessOps, "listByUid" | "signal" | "wait"> = {
      async listByUid(range) {
        expect(range).toEqual({ first: UID, last: UID });
        return lines.map((commandLine, pid) => ({
          pid,
          startTimeTicks: 1n,
          bootId: "b",
          uid: UID,
          commandLine,
        }));
      },
      async signal({ pid }: ProcessRef, signal) {
        expect(signal).toBe(9);
        killed.push(pid);
        return true;
      },
      wait: async () => ({ code: null, signal: 9 }),
    };
    await sweepProbes({ process: fake as ProcessOps }, UID, [path.join(directory, "none")]);
    expect(killed).toEqual([0, 1]);
  });

  it("removes their directories, and no others", async () => {
    const mine = await probeName();
    for (const name of [`${LEFT}-abc`, `${GONE}-def`, `${mine}-ghi`, "vms"]) {
      await mkdir(path.join(directory, name));
      await writeFile(path.join(directory, name, "kernel"), "");
    }
    await sweepProbes(NOTHING_RUNS, UID, [directory]);
    expect((await readdir(directory)).sort()).toEqual([`${mine}-ghi`, "vms"].sort());
  });

  it("also where a doctor had them that came before the first daemon; another user's are left", async () => {
    const [cacheDirectory, temporaryDirectory] = ["cache", "tmp"].map((name) => path.join(directory, name));
    for (const each of [cacheDirectory, temporaryDirectory]) await mkdir(each as string);
    const places = [cacheDirectory, temporaryDirectory].map((each) => path.join(each as string, `${LEFT}-a`));
    for (const each of places) await mkdir(each);
    const foreign = path.join(temporaryDirectory as string, `${GONE}-b`);
    await mkdir(foreign);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) await chown(foreign, UID, UID);
    const probe = new KvmProbe({
      hostOps: NOTHING_RUNS,
      uid: UID,
      cacheDirectory: cacheDirectory as string,
      temporaryDirectory: temporaryDirectory as string,
    });
    await probe.sweep();
    expect(await readdir(cacheDirectory as string)).toEqual([]);
    expect(await readdir(temporaryDirectory as string)).toEqual(isRoot ? [`${GONE}-b`] : []);
  });
});

/** Takes down how a VMM would be booted, and starts nothing. */
class SpyProbe extends KvmProbe {
  boot: ProbeBoot | null = null;
  override async ask(program: string, boot: Parameters<KvmProbe["ask"]>[1]) {
    this.boot = await boot({ kernel: "/k", directory, name: LEFT });
    return { works: false, reason: program, output: "", lasting: false };
  }
}

it.each(["qemu", "firecracker"])("%s carries the probe's name on its command line", async (kind) => {
  const program = path.join(directory, "vmm");
  await writeFile(program, "#!", { mode: 0o755 });
  const hostOps = { process: {} as ProcessOps };
  const kvm = new SpyProbe({ hostOps, uid: UID, cacheDirectory: null });
  const common = { hostOps, kvm, searchPath: "", logger: silentLogger };
  const vmm =
    kind === "qemu"
      ? new QemuVmm({ ...common, qemuBin: program })
      : new FirecrackerVmm({ ...common, firecrackerBin: program });
  await vmm.accelerator();
  expect(kvm.boot?.argv.join(" ")).toContain(LEFT);
});

it("a probe's directory is where a sweep looks", async () => {
  await Promise.all(["device", "vmm"].map((name) => writeFile(path.join(directory, name), "")));
  const probe = new KvmProbe({
    hostOps: { process: {} as ProcessOps },
    uid: UID,
    cacheDirectory: directory,
    device: path.join(directory, "device"),
    cpuinfo: async () => "flags : svm\n",
  });
  let place = "";
  await probe.ask(path.join(directory, "vmm"), async (files) => {
    place = files.directory;
    throw new Error("enough");
  });
  expect(path.dirname(place)).toBe(directory);
  expect(path.basename(place).startsWith(await probeName())).toBe(true);
  expect((await readdir(directory)).sort()).toEqual(["device", "vmm"]);
});
