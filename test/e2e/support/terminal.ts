import { randomBytes } from "node:crypto";
import { eventually, mustRun, pause } from "./run.ts";
import type { Sandbox } from "./sandbox.ts";

/** How long what was typed has to show before it is typed again, in milliseconds; no bound of anything. */
const RETYPE_MS = 5_000;

/**
 * A person's terminal: tmux with a server of its own, in the sandbox's network namespace. What is typed goes to whoever reads then: wait
 * until the screen shows that the right one does.
 */
export class Terminal {
  readonly #tmux: readonly string[];

  private constructor(directory: string) {
    // A server that was told to end may still have its socket.
    this.#tmux = ["-S", `${directory}/tmux-${randomBytes(3).toString("hex")}`, "-f", "/dev/null"];
  }

  /** One of 100 columns by 30 rows in which `command` runs. */
  static async open(sandbox: Sandbox, command = "sh"): Promise<Terminal> {
    const terminal = new Terminal(sandbox.directory);
    const session = ["new-session", "-d", "-x", "100", "-y", "30", command];
    await mustRun("nsenter", [`--net=/run/netns/${sandbox.netns}`, "tmux", ...terminal.#tmux, ...session], {
      env: { ...sandbox.env, TERM: "xterm-256color" },
    });
    return terminal;
  }

  async type(...keys: string[]): Promise<void> {
    await mustRun("tmux", [...this.#tmux, "send-keys", ...keys]);
  }

  screen(): Promise<string> {
    return mustRun("tmux", [...this.#tmux, "capture-pane", "-p"]);
  }

  async shows(pattern: RegExp): Promise<void> {
    const look = async () => pattern.test(await this.screen());
    await eventually(look, `the screen shows ${pattern}`).catch(async (error) => {
      throw new Error(`${error.message}\n${await this.screen()}`);
    });
  }

  /** Types until the screen shows it: for what may be lost or come too early without a sign of it. */
  async typeUntil(pattern: RegExp, ...keys: string[]): Promise<void> {
    await eventually(
      async () => {
        await this.type(...keys);
        const until = performance.now() + RETYPE_MS;
        do {
          if (pattern.test(await this.screen())) return true;
          await pause(20);
        } while (performance.now() < until);
        return false;
      },
      `the screen shows ${pattern} after ${keys.join(" ")}`,
    );
  }

  async resize(columns: number, rows: number): Promise<void> {
    await mustRun("tmux", [...this.#tmux, "resize-window", "-x", String(columns), "-y", String(rows)]);
  }

  async close(): Promise<void> {
    await mustRun("tmux", [...this.#tmux, "kill-server"]);
  }
}
