import { rm } from "node:fs/promises";
import type { ConsoleWord, MachineSpec } from "../../domain/ports.ts";
import type { HostOps, ProcessExit, ProcessRef } from "../../host/host-ops.ts";
import type { Logger } from "../../shared/logger.ts";
import { settleAll } from "../../shared/settle-all.ts";
import { ConsoleFollower, type OutputSources } from "./console-follower.ts";
import { type StartingVmm, untilRunning } from "./until-running.ts";

const SIGKILL = 9;

export interface JailedVmmOptions {
  readonly hostOps: Pick<HostOps, "process">;
  /** Largest size of a console's log, of which one older copy is kept; default 4 MiB. */
  readonly consoleLogBytes?: number;
  readonly logger: Logger;
}

/** What VMMs have in common that are one jailed process per VM: how it is watched, ended and cleaned up after, in no VMM's own way. */
export abstract class JailedVmm {
  readonly #hostOps: Pick<HostOps, "process">;
  protected readonly consoles: ConsoleFollower;

  constructor(options: JailedVmmOptions, sources: OutputSources) {
    this.#hostOps = options.hostOps;
    this.consoles = new ConsoleFollower({ ...options, sources });
  }

  /** All that a VMM makes in its runtime directory. */
  protected abstract runtimeFiles(runtime: string): string[];

  /** Waits until a VMM that was spawned runs its machine, or undoes it; as {@link untilRunning}. */
  protected whole(
    process: ProcessRef,
    machine: MachineSpec,
    starting: Pick<StartingVmm, "program" | "running" | "telling">,
  ): Promise<void> {
    return untilRunning({
      ...starting,
      vmmLog: machine.vmmLog,
      filled: machine.filled,
      exit: this.wait(process),
      undo: async () => {
        await this.kill(process);
        await this.cleanUp(machine);
      },
    });
  }

  followConsole(
    machine: { runtime: string; consoleLog: string; vmmLog: string },
    onWord: (word: ConsoleWord) => void,
  ): Promise<void> {
    return this.consoles.follow(machine, onWord);
  }

  wait(process: ProcessRef): Promise<ProcessExit> {
    return this.#hostOps.process.wait(process);
  }

  async kill(process: ProcessRef): Promise<void> {
    await this.#hostOps.process.signal(process, SIGKILL);
    await this.wait(process);
  }

  async cleanUp({ runtime }: { runtime: string }): Promise<void> {
    // The VMM has ended; it may have left a directory under the name.
    await settleAll(this.runtimeFiles(runtime).map((file) => rm(file, { recursive: true, force: true })));
  }
}
