import type { NftOps } from "../host/host-ops.ts";
import type { Logger } from "../shared/logger.ts";
import type { Firewall } from "./firewall.ts";
import type { Forwarding } from "./forwarding.ts";
import type { Openings } from "./openings.ts";

const INTERVAL_MS = 1_000;

export interface KeeperOptions {
  readonly nft: NftOps;
  readonly firewall: Firewall;
  readonly openings: Openings;
  readonly forwarding: Forwarding;
  readonly logger: Logger;
  readonly intervalMs?: number;
}

/**
 * Looks now and then whether the host is as guests need it, and puts right what others changed: rules that were flushed, a firewall that was
 * started or loaded anew, an uplink that is another now. As long as nothing changed, our rules are not read: only the number of the last change, the tables' names, and the routes.
 */
export class Keeper {
  readonly #options: KeeperOptions;
  #timer: NodeJS.Timeout | null = null;
  #seen: number | null = null;
  #uplinks = "";
  #looking: Promise<void> = Promise.resolve();
  /** The one that waits for it. */
  #next: Promise<void> | null = null;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.look(), this.#options.intervalMs ?? INTERVAL_MS).unref();
  }

  /** One look that begins after this call, shared by all who asked before it began; never rejects. */
  look(): Promise<void> {
    this.#next ??= this.#looking.then(() => {
      this.#next = null;
      this.#looking = this.#look().catch((err) => {
        this.#seen = null;
        this.#options.logger.warn({ err }, "the network of guests could not be looked after");
      });
      return this.#looking;
    });
    return this.#next;
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#next;
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { firewall, forwarding } = this.#options;
    if (firewall.members.length === 0) return;
    await this.#lookAtRules();
    const open = firewall.members.filter(({ access }) => access !== "none");
    if (open.length === 0) return;
    await forwarding.openUplinks(
      open.some(({ access }) => access === "full"),
      (links) => this.#fence(links),
    );
  }

  async #lookAtRules(): Promise<void> {
    const { nft, firewall, openings, logger } = this.#options;
    // Read before: what is changed while we look is seen the next time. A guard that went with its socket changes no number.
    const now = await nft.generation();
    if (now === this.#seen && (await firewall.isThere())) return;
    if (await firewall.repair()) logger.warn({}, "somebody changed banger's packet rules; they are back");
    const opened = await openings.ensure();
    if (opened.length > 0)
      logger.info({ chains: opened }, "guests were let through another firewall's chains");
    this.#seen = now;
  }

  async #fence(links: readonly string[]): Promise<void> {
    const text = links.join();
    if (text === this.#uplinks) return;
    await this.#options.firewall.fence(links);
    this.#uplinks = text;
    this.#options.logger.info({ links }, "these links forward IPv4 now, for guests only");
  }
}
