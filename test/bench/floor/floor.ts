import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildInitramfs } from "../../../src/images/initramfs.ts";

/** Where what a VMM of banger's had in its jail is for the same VMM started by hand. */
export interface FloorFiles {
  readonly directory: string;
  readonly kernel: string;
  /** With the same modules, and an init that prints at once. */
  readonly initramfs: string;
  /** An empty sparse disk. */
  readonly disk: (name: string) => string;
  readonly tap: string;
}

/** How one kind of VMM is started by hand, after the model of a VM of banger's. */
export interface FloorMachine {
  /** Modules that are late ones elsewhere, and that this VM's guest has loaded when its command runs. */
  readonly lateModules: readonly string[];
  /** Program and arguments, from files that are there. */
  argv(files: FloorFiles): readonly string[];
  /** What must be gone before each start. */
  stale(files: FloorFiles): readonly string[];
  /** Resolves when the guest's init has printed. */
  firstOutput(vmm: ChildProcess, files: FloorFiles): Promise<void>;
}

const TAP = "floor0";
const DISK_BYTES = 2 ** 30;
/** A guest that has not printed by then hangs. */
const HUNG_MS = 120_000;

/** What starts the same VMM by hand: same flags, same kernel, same modules, disks as many, and an init that prints at once. */
export class Floor {
  readonly #machine: FloorMachine;
  readonly #files: FloorFiles;
  readonly #argv: readonly string[];
  readonly #netns: string;

  private constructor(machine: FloorMachine, files: FloorFiles, netns: string) {
    this.#machine = machine;
    this.#files = files;
    this.#argv = machine.argv(files);
    this.#netns = netns;
  }

  /** `directory` must be short: sockets lie in it. */
  static async make(
    machine: FloorMachine,
    kernelDirectory: string,
    directory: string,
    netns: string,
  ): Promise<Floor> {
    mkdirSync(directory, { recursive: true });
    const init = path.join(directory, "init");
    const late = `-DLATE="${machine.lateModules.join(" ")}"`;
    const flags = ["-std=c++20", "-O2", "-static", "-s", late, "-o", init];
    execFileSync("g++", [...flags, path.join(import.meta.dirname, "init.cc")]);
    const initramfs = path.join(directory, "initramfs");
    const modulesCpio = path.join(kernelDirectory, "modules.cpio");
    await buildInitramfs({ agentBinary: init, modulesCpio, output: initramfs });
    const files: FloorFiles = {
      directory,
      kernel: path.join(kernelDirectory, "vmlinux"),
      initramfs,
      disk(name) {
        const file = path.join(directory, name);
        writeFileSync(file, "");
        truncateSync(file, DISK_BYTES);
        return file;
      },
      tap: TAP,
    };
    execFileSync("ip", ["-n", netns, "tuntap", "add", TAP, "mode", "tap", "vnet_hdr"]);
    execFileSync("ip", ["-n", netns, "link", "set", TAP, "up"]);
    return new Floor(machine, files, netns);
  }

  /** Removes the TAP and the files: the sandbox is searched for leftovers when it closes. */
  close(): void {
    execFileSync("ip", ["-n", this.#netns, "link", "delete", TAP]);
    rmSync(this.#files.directory, { recursive: true });
  }

  /** Milliseconds from the start of the VMM to the first byte that the init prints. @throws Error when nothing was printed in two minutes. */
  async measure(): Promise<number> {
    for (const file of this.#machine.stale(this.#files)) rmSync(file, { force: true });
    const start = performance.now();
    const vmm = spawn("nsenter", [`--net=/run/netns/${this.#netns}`, ...this.#argv], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise<void>((resolve) => vmm.once("close", () => resolve()));
    // Its end breaks what is waited for.
    const timer = setTimeout(() => vmm.kill("SIGKILL"), HUNG_MS);
    try {
      await this.#machine.firstOutput(vmm, this.#files);
      return performance.now() - start;
    } finally {
      clearTimeout(timer);
      vmm.kill("SIGKILL");
      vmm.stdout.resume();
      await ended;
    }
  }
}

/** What an overlay's root needs. */
export const OVERLAY_MODULES = ["overlay.ko"];

/** What the floor's init prints, and what is waited for. */
export const FIRST_WORD = "floor";
