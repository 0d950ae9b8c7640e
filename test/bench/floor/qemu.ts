import type { ChildProcess } from "node:child_process";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { jailPaths, socketNameList, socketPath } from "../../../src/vmm/qemu/layout.ts";
import { jailDisk } from "../../../src/vmm/shared/jail.ts";
import { FIRST_WORD, type FloorFiles, type FloorMachine, OVERLAY_MODULES } from "./floor.ts";

const ROLES = ["root", "work", "config", "upper"] as const;

/** QEMU by hand, from the command line of a VM of banger's as the kernel has it. */
export class QemuFloor implements FloorMachine {
  readonly #model: readonly string[];

  constructor(commandLine: readonly string[]) {
    this.#model = commandLine;
  }

  get lateModules(): readonly string[] {
    return this.#has("upper") ? OVERLAY_MODULES : [];
  }

  #has(role: (typeof ROLES)[number]): boolean {
    return this.#model.some((word) => word.includes(`=${jailDisk(role)}`));
  }

  argv(files: FloorFiles): string[] {
    const used = ROLES.filter((role) => this.#has(role));
    const places: [inJail: string, here: string][] = [
      [jailPaths.kernel, files.kernel],
      [jailPaths.initramfs, files.initramfs],
      ...used.map((role): [string, string] => [jailDisk(role), files.disk(`${role}.img`)]),
      [`${jailPaths.runtime}/`, `${files.directory}/`],
    ];
    return this.#model.map((word) => relocated(word, places, files.tap));
  }

  stale({ directory }: FloorFiles): string[] {
    return socketNameList.map((name) => socketPath(directory, name));
  }

  async firstOutput(vmm: ChildProcess, { directory }: FloorFiles): Promise<void> {
    let stderr = "";
    vmm.stderr?.on("data", (chunk) => {
      stderr += chunk;
    });
    let socket: Socket | undefined;
    while (socket === undefined) {
      if (vmm.exitCode !== null || vmm.signalCode !== null) throw new Error(`the floor ended: ${stderr}`);
      socket = await attempt(socketPath(directory, "console"));
    }
    let text = "";
    for await (const chunk of socket) {
      text += chunk;
      if (text.includes(FIRST_WORD)) return;
    }
    throw new Error(`the floor printed nothing of its own: ${text}${stderr}`);
  }
}

function relocated(word: string, places: readonly (readonly [string, string])[], tap: string): string {
  if (word.startsWith("tap,")) return `tap,id=net,ifname=${tap},script=no,downscript=no`;
  const [inJail, here] = places.find(([place]) => word === place || word.includes(`=${place}`)) ?? ["", ""];
  if (inJail === "") return word;
  // Where the model had a block device, the floor has a file: it reads neither.
  const moved = word.replace("file.driver=host_device", "file.driver=file");
  return moved === inJail ? here : moved.replace(`=${inJail}`, `=${here}`);
}

/** Asked every millisecond until the VMM listens; it then waits for its console's reader. */
function attempt(console: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path.resolve(console));
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => setTimeout(() => resolve(undefined), 1));
  });
}
