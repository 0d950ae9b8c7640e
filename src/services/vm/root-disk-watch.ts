import type { RootDiskUsage } from "../../domain/ports.ts";
import { type RootDiskTrouble, rootDiskTrouble } from "../../domain/root-disk.ts";
import { errorMessage } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Machine } from "./machines.ts";

/** How often root disks are looked at, in milliseconds. */
const LOOK_MS = 5_000;

export interface RootDiskWatchOptions {
  readonly running: () => readonly Machine[];
  readonly usage: (machine: Machine) => Promise<RootDiskUsage>;
  readonly logger: Logger;
}

/** Looks how full the root disks of running VMs are, and says so in the log before it is too late: each trouble of a VM once (DSK-3). */
export class RootDiskWatch {
  readonly #options: RootDiskWatchOptions;
  readonly #told = new Map<string, Set<RootDiskTrouble | "unknown">>();
  #timer: NodeJS.Timeout | null = null;
  #looking = false;

  constructor(options: RootDiskWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.look(), LOOK_MS).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** One look at all that runs; none while the last one still waits for the kernel. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const running = this.#options.running();
      const ids = new Set(running.map(({ vm }) => vm.id));
      for (const id of this.#told.keys()) if (!ids.has(id)) this.#told.delete(id);
      for (const machine of running) await this.#lookAt(machine);
    } finally {
      this.#looking = false;
    }
  }

  async #lookAt(machine: Machine): Promise<void> {
    const { vm } = machine;
    try {
      const usage = await this.#options.usage(machine);
      const trouble = rootDiskTrouble(usage);
      if (trouble === null) this.#told.delete(vm.id);
      else this.#tell(machine, trouble.kind, trouble.note, { usage });
    } catch (err) {
      this.#tell(machine, "unknown", `it cannot be looked at: ${errorMessage(err)}`, { err });
    }
  }

  #tell({ vm }: Machine, kind: RootDiskTrouble | "unknown", note: string, details: object): void {
    const told = this.#told.get(vm.id) ?? new Set();
    if (told.has(kind)) return;
    this.#told.set(vm.id, told.add(kind));
    this.#options.logger.warn({ vm: vm.id, name: vm.name, kind, ...details }, `root disk: ${note}`);
  }
}
