import { setTimeout as sleep } from "node:timers/promises";
import type { VmDeps } from "./deps.ts";
import { killMachine } from "./destroy.ts";
import type { Machine } from "./machines.ts";

/** Between two looks at what a VMM has used, and how long a guest that lives has to answer meanwhile, in milliseconds. */
const LOOK_MS = 1_000;
/** How often, before a guest that is still busy is taken for one that goes on. */
const LOOKS = 30;
/** So often in a row it must have stood still: on a host that is busy a guest that lives may not get the CPU for a second. */
const STILL_LOOKS = 3;
/** Two ticks of the kernel's clock: what a VMM takes for itself. */
const STILL_MICROSECONDS = 20_000n;

/**
 * Looks at the guests that said that they have halted, at each by one look at a time: a guest may say so as often as its console can be
 * written, and looks that ran side by side would be agent calls and reads of /proc without bound.
 */
export class HaltedLooks {
  /** The VMs that are looked at, by id; with the machine that said so meanwhile, which a restart may have made another one. */
  readonly #looking = new Map<string, { again: Machine | null }>();

  /** Resolves when nothing that was said up to then is left to look at; at once, where a look runs that will see to it. Never rejects. */
  async look(deps: VmDeps, machine: Machine): Promise<void> {
    const { id } = machine.vm;
    const running = this.#looking.get(id);
    if (running !== undefined) {
      running.again = machine;
      return;
    }
    const looking: { again: Machine | null } = { again: machine };
    this.#looking.set(id, looking);
    try {
      while (looking.again !== null) {
        const next = looking.again;
        looking.again = null;
        const ended = await endHalted(deps, next);
        if (ended && looking.again === next) looking.again = null;
      }
    } finally {
      this.#looking.delete(id);
    }
  }
}

/**
 * Ends the VMM of a guest whose kernel said that it has halted: `halt`, or a power-off on a machine that has none (Firecracker's, but for systemd).
 * Nothing of it would ever run again, and the VM would be "running" for ever. Any program can say so on the console: the CPUs must stand still,
 * and the agent be silent. Whether it has ended. Never rejects.
 */
export async function endHalted(deps: VmDeps, machine: Machine): Promise<boolean> {
  const { vm } = machine;
  try {
    let still = 0;
    for (let look = 0; look < LOOKS; look += 1) {
      const looked = await isStill(deps, machine);
      if (looked === "gone" || looked === "lives") return looked === "gone";
      still = looked === "busy" ? 0 : still + 1;
      if (still < STILL_LOOKS) continue;
      deps.logger.info({ vm: vm.id, name: vm.name }, "the guest has halted; ending its VMM");
      await killMachine(deps, machine);
      return true;
    }
  } catch (err) {
    deps.logger.warn({ vm: vm.id, err }, "a guest that said that it has halted could not be looked at");
  }
  return false;
}

async function isStill(deps: VmDeps, machine: Machine): Promise<"gone" | "lives" | "busy" | "still"> {
  const { process } = machine.handles;
  if (process === null) return "gone";
  const before = await deps.host.process.usage(process);
  const [answers] = await Promise.all([answersNow(deps, machine), sleep(LOOK_MS, undefined, { ref: false })]);
  const after = await deps.host.process.usage(process);
  if (before === null || after === null) return "gone";
  if (answers) return "lives";
  return after.cpuMicroseconds - before.cpuMicroseconds > STILL_MICROSECONDS ? "busy" : "still";
}

function answersNow(deps: VmDeps, { vm }: Machine): Promise<boolean> {
  const signal = AbortSignal.timeout(LOOK_MS);
  const late = new Promise<boolean>((resolve) => signal.addEventListener("abort", () => resolve(false)));
  const asked = deps.machines.agent(vm.id).then((agent) => agent.health(signal));
  return Promise.race([late, asked.then(() => true).catch(() => late)]);
}
