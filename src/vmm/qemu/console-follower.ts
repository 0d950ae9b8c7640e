import type { Socket } from "node:net";
import type { Logger } from "../../shared/logger.ts";
import { CappedLog } from "./capped-log.ts";
import { connectOnce, connectWhenThere } from "./connect.ts";
import { socketPath } from "./layout.ts";
import { capForeignLog } from "./log-tail.ts";

export interface FollowedMachine {
  readonly runtime: string;
  readonly consoleLog: string;
  /** Kept below its cap as long as the console is followed. */
  readonly vmmLog?: string;
}

interface Options {
  readonly logger: Logger;
  readonly consoleLogBytes?: number;
}

/** Copies guests' consoles to their logs, each once, until their VMMs close them. */
export class ConsoleFollower {
  readonly #options: Options;
  /** By runtime directory. */
  readonly #followed = new Set<string>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Follows a VMM that is being started: waits for its console, and resolves when nothing of it can be lost any more. */
  async followNew(machine: FollowedMachine, signal: AbortSignal): Promise<void> {
    await this.#follow(machine, connectWhenThere(socketPath(machine.runtime, "console"), signal));
  }

  /** Follows a VMM that runs already, unless it is followed. */
  follow(machine: FollowedMachine): void {
    if (this.#followed.has(machine.runtime)) return;
    this.#follow(machine, connectOnce(socketPath(machine.runtime, "console"))).catch((err) =>
      this.#options.logger.warn({ runtime: machine.runtime, err }, "the guest's console cannot be followed"),
    );
  }

  async #follow(machine: FollowedMachine, connecting: Promise<Socket>): Promise<void> {
    this.#followed.add(machine.runtime);
    const cap = machine.vmmLog === undefined ? null : capForeignLog(machine.vmmLog);
    const end = () => {
      cap?.close();
      this.#followed.delete(machine.runtime);
    };
    try {
      const socket = await connecting;
      void this.#copy(socket, machine.consoleLog).finally(end);
    } catch (error) {
      end();
      throw error;
    }
  }

  /**
   * The log is written before more is read, so a disk that is slow slows the guest's console down and not the daemon's memory up; a
   * disk that is full loses console output and nothing else.
   */
  async #copy(socket: Socket, consoleLog: string): Promise<void> {
    const { logger, consoleLogBytes } = this.#options;
    const log = new CappedLog(consoleLog, consoleLogBytes);
    let failed = false;
    const write = async (step: () => Promise<void>) => {
      try {
        await step();
      } catch (err) {
        if (!failed) logger.warn({ consoleLog, err }, "the guest's console could not be written");
        failed = true;
      }
    };
    try {
      await write(() => log.open());
      for await (const chunk of socket) await write(() => log.append(chunk as Uint8Array));
    } catch (err) {
      // A VMM that is killed may reset its sockets instead of closing them; the console ends either way.
      logger.debug({ consoleLog, err }, "the guest's console ended");
    } finally {
      socket.destroy();
      await log.close().catch(() => undefined);
    }
  }
}
