import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { buildInitramfs } from "../../../src/images/initramfs.ts";
import { jailDisk, jailPaths, socketPath } from "../../../src/vmm/qemu/layout.ts";

/** A VM of banger's that ran, as its VMM's command line in the kernel's own list has it, and where its files were. */
export interface Model {
  readonly argv: readonly string[];
  readonly kernelDirectory: string;
  readonly rootDiskBytes: number;
  readonly workDiskBytes: number;
  /** Null where the VM had no such disk (all storage drivers but `overlay`). */
  readonly upperDiskBytes: number | null;
}

/** What starts the same VMM by hand: same flags, same kernel, same modules, disks of the same size, and an init that prints at once. */
export class Floor {
  readonly #argv: readonly string[];
  readonly #netns: string;
  readonly #directory: string;
  readonly #console: string;
  readonly #sockets: readonly string[];

  private constructor(directory: string, argv: readonly string[], netns: string) {
    this.#argv = argv;
    this.#netns = netns;
    this.#directory = directory;
    this.#console = socketPath(directory, "console");
    this.#sockets = (["console", "qmp", "agent"] as const).map((name) => socketPath(directory, name));
  }

  /** `directory` must be short: sockets lie in it. */
  static async make(model: Model, directory: string, netns: string): Promise<Floor> {
    mkdirSync(directory, { recursive: true });
    const init = path.join(directory, "init");
    execFileSync("g++", [
      "-std=c++20",
      "-O2",
      "-static",
      "-s",
      "-o",
      init,
      path.join(import.meta.dirname, "init.cc"),
    ]);
    const initramfs = path.join(directory, "initramfs");
    const modulesCpio = path.join(model.kernelDirectory, "modules.cpio");
    await buildInitramfs({ agentBinary: init, modulesCpio, output: initramfs });
    const disk = (name: string, bytes: number): string => {
      const file = path.join(directory, name);
      writeFileSync(file, "");
      truncateSync(file, bytes);
      return file;
    };
    const places: [inJail: string, here: string][] = [
      [jailPaths.kernel, path.join(model.kernelDirectory, "vmlinux")],
      [jailPaths.initramfs, initramfs],
      [jailDisk("root"), disk("root.img", model.rootDiskBytes)],
      [jailDisk("work"), disk("work.img", model.workDiskBytes)],
      ...(model.upperDiskBytes === null
        ? []
        : [[jailDisk("upper"), disk("upper.img", model.upperDiskBytes)] as [string, string]]),
      [jailDisk("config"), disk("config.img", 1 << 16)],
      [`${jailPaths.runtime}/`, `${directory}/`],
    ];
    execFileSync("ip", ["-n", netns, "tuntap", "add", "floor0", "mode", "tap", "vnet_hdr"]);
    execFileSync("ip", ["-n", netns, "link", "set", "floor0", "up"]);
    return new Floor(
      directory,
      model.argv.map((word) => relocated(word, places)),
      netns,
    );
  }

  /** Removes the TAP and the files: the sandbox is searched for leftovers when it closes. */
  close(): void {
    execFileSync("ip", ["-n", this.#netns, "link", "delete", "floor0"]);
    rmSync(this.#directory, { recursive: true });
  }

  /** Milliseconds from the start of the VMM to the first byte that the init prints. */
  async measure(): Promise<number> {
    for (const socket of this.#sockets) rmSync(socket, { force: true });
    const start = performance.now();
    const vmm = spawn("nsenter", [`--net=/run/netns/${this.#netns}`, ...this.#argv], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = new Promise<void>((resolve) => vmm.once("close", () => resolve()));
    try {
      await firstOutput(vmm, this.#console);
      return performance.now() - start;
    } finally {
      vmm.kill("SIGKILL");
      await ended;
    }
  }
}

function relocated(word: string, places: readonly (readonly [string, string])[]): string {
  if (word.startsWith("tap,")) return "tap,id=net,ifname=floor0,script=no,downscript=no";
  const [inJail, here] = places.find(([place]) => word === place || word.includes(`=${place}`)) ?? ["", ""];
  return inJail === "" ? word : word === inJail ? here : word.replace(`=${inJail}`, `=${here}`);
}

async function firstOutput(vmm: ChildProcess, console: string): Promise<void> {
  let stderr = "";
  vmm.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  let socket: Socket | undefined;
  while (socket === undefined) {
    if (vmm.exitCode !== null || vmm.signalCode !== null) throw new Error(`the floor's VMM ended: ${stderr}`);
    socket = await attempt(console);
  }
  let text = "";
  for await (const chunk of socket) {
    text += chunk;
    if (text.includes("floor")) return;
  }
  throw new Error(`the floor printed nothing of its own: ${text}${stderr}`);
}

/** Asked every millisecond until the VMM listens; it then waits for its console's reader. */
function attempt(console: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(console);
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => setTimeout(() => resolve(undefined), 1));
  });
}

export function fileBytes(file: string): number {
  return statSync(file).size;
}
