import { setTimeout } from "node:timers/promises";
import type { DnsState } from "../domain/dns.ts";
import { errorMessage } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import type { Resolved, Routing } from "./resolved/resolved.ts";

const ATTEMPTS = 5;
const PAUSE_MS = 300;

/**
 * Keeps systemd-resolved asking us as long as there is a link to hang it on and a server to ask. What fails is a warning in the log: a VM
 * has its address all the same. One call after another, in the order of the events.
 */
export class NameRouting {
  readonly #resolved: Pick<Resolved, "route" | "revert">;
  readonly #domains: readonly string[];
  readonly #logger: Logger;
  readonly #pauseMs: number;
  #linkIndex: number | null = null;
  #server: Routing["server"] | null = null;
  #routed: number | null = null;
  #last: Promise<void> = Promise.resolve();
  #state: DnsState["resolved"] = null;

  /** `pauseMs`: milliseconds instead of PAUSE_MS, for tests. */
  constructor(
    resolved: Pick<Resolved, "route" | "revert">,
    domains: readonly string[],
    logger: Logger,
    pauseMs: number = PAUSE_MS,
  ) {
    this.#pauseMs = pauseMs;
    this.#resolved = resolved;
    this.#domains = domains;
    this.#logger = logger;
  }

  get state(): DnsState["resolved"] {
    return this.#state;
  }

  /** The server answers there. */
  serverAt(server: Routing["server"]): void {
    // resolved asks an address, not all of them.
    this.#server = server.address === "0.0.0.0" ? { ...server, address: "127.0.0.1" } : server;
    this.#update();
  }

  linkUp(index: number): void {
    this.#linkIndex = index;
    this.#update();
  }

  /** Resolves when what was set is taken back, or cannot be. */
  async linkDown(): Promise<void> {
    this.#linkIndex = null;
    this.#update();
    await this.#last;
  }

  #update(): void {
    this.#last = this.#last.then(() => this.#settle());
  }

  /** A link that has just been made is known to resolved a moment later. */
  async #route(routing: Routing): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const runs = await this.#resolved.route(routing);
        this.#state = { state: runs ? "routed" : "absent", problem: null };
        return this.#logger.info(
          { linkIndex: routing.linkIndex, runs },
          "DNS: systemd-resolved was looked for",
        );
      } catch (error) {
        if (attempt === ATTEMPTS || this.#linkIndex !== routing.linkIndex) throw error;
        await setTimeout(this.#pauseMs);
      }
    }
  }

  async #settle(): Promise<void> {
    const [linkIndex, server] = [this.#linkIndex, this.#server];
    try {
      if (linkIndex !== null && server !== null) {
        // Several events may have come before this one's turn.
        if (this.#routed === linkIndex && this.#state?.state === "routed") return;
        this.#routed = linkIndex;
        await this.#route({ linkIndex, server, domains: this.#domains });
      } else if (this.#routed !== null) {
        const routed = this.#routed;
        this.#routed = null;
        this.#state = null;
        await this.#resolved.revert(routed);
      }
    } catch (err) {
      this.#state = { state: "failed", problem: errorMessage(err) };
      this.#logger.warn({ err, linkIndex }, "DNS: systemd-resolved could not be set up");
    }
  }
}
