import { execFileSync, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { watchHeartbeat } from "./heartbeat.ts";
import type { LabKernel } from "./kernel.ts";

export interface Machine {
  readonly kernel: LabKernel;
  readonly initramfs: string;
  /** Holds the job, the machine's output, status and console, and its disk; no spaces in the path. */
  readonly directory: string;
  readonly memory: string;
  readonly cpus: string;
  readonly timeoutSeconds: number;
  readonly disk: boolean;
}

/** The exit status of `timeout`, and of a machine that failed itself, as in docker run. */
const TIMED_OUT = 124;
export const MACHINE_FAILED = 125;
/** The machine stood still: what ran in it says nothing, and may be run again. */
export const STALLED = -1;

function qemuArguments(machine: Machine): string[] {
  // Calibrating the TSC under emulation sometimes never ends: the kernel is told.
  const megahertz = /^cpu MHz\s*:\s*([\d.]+)/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "2000";
  const khz = Math.round(Number(megahertz) * 1000);
  // Where only one of its processors stands still, the other notices: after two minutes it ends the machine.
  const lockup = "softlockup_panic=1 watchdog_thresh=60";
  const append = `console=ttyS0 quiet loglevel=3 panic=-1 ${lockup} tsc_early_khz=${khz} tsc=reliable lab.directory=${machine.directory}`;
  // Without ERMS: the kernel's `rep stosb`, by which it clears memory, is emulated byte by byte: 0.3 s and more for a huge page.
  const cpu = "max,+svm,-erms";
  const port = (name: string) => [
    ...["-chardev", `file,id=${name},path=${path.join(machine.directory, name)}`],
    ...["-device", `virtserialport,chardev=${name},name=lab.${name}`],
  ];
  return [
    ...["-M", "q35", "-accel", "tcg,thread=multi", "-cpu", cpu, "-smp", machine.cpus, "-m", machine.memory],
    ...["-nodefaults", "-display", "none", "-no-reboot", "-net", "none", "-device", "virtio-rng-pci"],
    ...["-kernel", machine.kernel.image, "-initrd", machine.initramfs, "-append", append],
    ...["-virtfs", "local,path=/,security_model=none,mount_tag=lab.root,readonly=on,multidevs=remap"],
    ...["-serial", `file:${path.join(machine.directory, "console")}`, "-device", "virtio-serial"],
    ...port("output"),
    ...port("fetched"),
    ...port("status"),
    ...port("beat"),
    ...(machine.disk
      ? ["-drive", `file=${machine.directory}/disk,format=raw,if=virtio,cache=unsafe,discard=unmap`]
      : []),
  ];
}

export function makeDisk(directory: string, size: string, filesystem: string): void {
  const disk = path.join(directory, "disk");
  rmSync(disk, { force: true });
  execFileSync("truncate", ["-s", size, disk]);
  execFileSync(`mkfs.${filesystem}`, ["-q", disk], { stdio: ["ignore", "ignore", "inherit"] });
}

/** Runs the machine to its end, printing its output as it comes. Resolves to the job's status, or {@link STALLED}. */
export async function runMachine(machine: Machine): Promise<number> {
  const output = path.join(machine.directory, "output");
  for (const name of ["output", "fetched", "status"])
    rmSync(path.join(machine.directory, name), { force: true });
  closeSync(openSync(output, "w"));
  const child = spawn("qemu-system-x86_64", qemuArguments(machine), {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const ended = new Promise<void>((resolve, reject) =>
    child.once("error", reject).once("close", () => resolve()),
  );
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, machine.timeoutSeconds * 1000);
  let stalled = false;
  const heartbeat = watchHeartbeat(path.join(machine.directory, "beat"), () => {
    stalled = true;
    child.kill("SIGKILL");
  });
  let interrupted = 0;
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interrupted = constants.signals[signal];
      child.kill("SIGKILL");
    });
  }

  const follow = follower(output);
  const poll = setInterval(follow, 100);
  try {
    await ended;
  } finally {
    clearTimeout(deadline);
    heartbeat.stop();
    clearInterval(poll);
    follow();
  }
  if (interrupted !== 0) return 128 + interrupted;
  if (stalled) return STALLED;
  if (late) {
    process.stderr.write(`lab: ended after ${machine.timeoutSeconds} s (LAB_TIMEOUT)\n`);
    return TIMED_OUT;
  }
  const status = /^\d+/.exec(readFileSync(path.join(machine.directory, "status"), "utf8"))?.[0];
  if (status !== undefined) return Number(status);
  const console = readFileSync(path.join(machine.directory, "console"), "utf8");
  if (console.includes("Kernel panic - not syncing: softlockup")) return STALLED;
  const end = console.split("\n").slice(-20).join("\n");
  process.stderr.write(`lab: the machine ended without a result; the end of its console:\n${end}\n`);
  return MACHINE_FAILED;
}

/** Copies what a growing file has gained since the last call to standard output. */
function follower(file: string): () => void {
  const fd = openSync(file, "r");
  const buffer = Buffer.alloc(1 << 16);
  return () => {
    for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) {
      process.stdout.write(Buffer.from(buffer.subarray(0, length)));
    }
  };
}
