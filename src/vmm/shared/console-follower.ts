import type { Socket } from "node:net";
import type { ConsoleWord } from "../../domain/ports.ts";
import type { Logger } from "../../shared/logger.ts";
import { CappedLog } from "./capped-log.ts";
import { ConsoleWatch } from "./console-watch.ts";
import { capForeignLog } from "./log-tail.ts";

export interface FollowedMachine {
  readonly runtime: string;
  readonly consoleLog: string;
  /** Kept below its cap as long as the console is followed. */
  readonly vmmLog?: string;
}

/** Where a VMM's output is read. With a signal the VMM is being started: then it is waited for. */
export interface OutputSources {
  console(runtime: string, signal: AbortSignal | null): Promise<Socket>;
  /** What the VMM says of itself, unless it writes its log itself. */
  ownLog?(runtime: string): Promise<Socket>;
}

interface Options {
  readonly sources: OutputSources;
  readonly logger: Logger;
  readonly consoleLogBytes?: number | undefined;
}

/** A console that is copied: what its guest has said, who is to know, and the end of it. */
interface Followed {
  readonly said: Set<ConsoleWord>;
  onWord: (word: ConsoleWord) => void;
  copied: Promise<void>;
}

/** Copies guests' consoles to their logs, each once, until their VMMs close them. */
export class ConsoleFollower {
  readonly #options: Options;
  /** By runtime directory. */
  readonly #followed = new Map<string, Followed>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Follows a VMM that is being started: waits for its console, and resolves when nothing of it can be lost any more. */
  async followNew(machine: FollowedMachine, signal: AbortSignal): Promise<void> {
    await this.#follow(machine, signal);
  }

  /**
   * Follows a VMM that runs already, unless it is followed; `onWord` is told of what was said before, too. Resolves when all that there will be
   * is read, or it cannot be.
   */
  async follow(machine: FollowedMachine, onWord: (word: ConsoleWord) => void): Promise<void> {
    const followed = this.#followed.get(machine.runtime);
    if (followed !== undefined) {
      followed.onWord = onWord;
      for (const word of followed.said) onWord(word);
      return followed.copied;
    }
    try {
      const { copied } = await this.#follow(machine, null, onWord);
      await copied;
    } catch (err) {
      this.#options.logger.warn({ runtime: machine.runtime, err }, "the guest's console cannot be followed");
    }
  }

  async #follow(
    machine: FollowedMachine,
    signal: AbortSignal | null,
    onWord: (word: ConsoleWord) => void = () => undefined,
  ): Promise<Followed> {
    const { sources, consoleLogBytes } = this.#options;
    const { runtime, vmmLog } = machine;
    const followed: Followed = { said: new Set(), onWord, copied: Promise.resolve() };
    this.#followed.set(runtime, followed);
    const cap = vmmLog === undefined ? null : capForeignLog(vmmLog);
    const end = () => {
      cap?.close();
      // Of a VMM that has ended there may be more to write while the VM's next one is followed already.
      if (this.#followed.get(runtime) === followed) this.#followed.delete(runtime);
    };
    let console: Socket | undefined;
    try {
      console = await sources.console(runtime, signal);
      const log = new CappedLog(machine.consoleLog, consoleLogBytes);
      const watch = new ConsoleWatch();
      followed.copied = this.#copy(console, log, machine.consoleLog, (chunk) => {
        const word = watch.sees(chunk);
        if (word === null) return;
        followed.said.add(word);
        followed.onWord(word);
      });
      if (vmmLog !== undefined && sources.ownLog !== undefined) {
        // The VMM itself appends to this file, too, so it keeps its inode: `cap` keeps it small.
        const own = new CappedLog(vmmLog, Number.POSITIVE_INFINITY);
        void this.#copy(await sources.ownLog(runtime), own, vmmLog);
      }
      void followed.copied.finally(end);
      return followed;
    } catch (error) {
      // Two readers of one FIFO would each get a part: the next to follow it must be alone.
      console?.destroy();
      await followed.copied;
      end();
      throw error;
    }
  }

  /**
   * The log is written before more is read, so a disk that is slow slows the guest's console down and not the daemon's memory up; a
   * disk that is full loses console output and nothing else.
   */
  async #copy(
    socket: Socket,
    log: CappedLog,
    file: string,
    look: (chunk: Uint8Array) => void = () => undefined,
  ): Promise<void> {
    const { logger } = this.#options;
    let failed = false;
    const write = async (step: () => Promise<void>) => {
      try {
        await step();
      } catch (err) {
        if (!failed) logger.warn({ file, err }, "a VM's output could not be written");
        failed = true;
      }
    };
    try {
      await write(() => log.open());
      for await (const chunk of socket) {
        await write(() => log.append(chunk as Uint8Array));
        look(chunk as Uint8Array);
      }
    } catch (err) {
      // A VMM that is killed may reset its sockets instead of closing them; the console ends either way.
      logger.debug({ file, err }, "a VM's output ended");
    } finally {
      socket.destroy();
      await log.close().catch(() => undefined);
    }
  }
}
