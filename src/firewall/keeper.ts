import type { RouteInfo } from "../host/host-ops.ts";
import type { Logger } from "../shared/logger.ts";
import type { Firewall } from "./firewall.ts";
import type { Forwarding } from "./forwarding.ts";
import type { Openings } from "./openings.ts";
import type { TapSettings } from "./tap-settings.ts";

const INTERVAL_MS = 1_000;

/** The host's side of guests' links. */
export interface GuestLinks {
  /**
   * Makes them what they were made. Resolves to the host's routes, what was restored, and the links of running VMs that are gone, each told of
   * once.
   */
  look(): Promise<{
    readonly routes: readonly RouteInfo[];
    readonly restored: readonly string[];
    readonly lost: readonly string[];
  }>;
}

export interface KeeperOptions {
  readonly firewall: Firewall;
  readonly openings: Openings;
  readonly forwarding: Forwarding;
  readonly taps: TapSettings;
  readonly links: GuestLinks;
  readonly logger: Logger;
  readonly intervalMs?: number;
}

/**
 * Looks now and then whether the host is as guests need it, and puts right what others changed: rules that were flushed, a firewall that was
 * started or loaded anew, an uplink that is another now, links, routes, addresses and settings of theirs. As long as nobody else changed
 * anything, our rules are not read: only the number of the last change, and the tables' names. Links and routes have no such number:
 * who looks after them knows when to.
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
    const { firewall } = this.#options;
    if (firewall.members.length === 0) return;
    // Neither waits for the other to succeed.
    const looks = await Promise.allSettled([this.#lookAtRules(), this.#lookAtLinks()]);
    for (const look of looks) if (look.status === "rejected") throw look.reason;
  }

  async #lookAtLinks(): Promise<void> {
    const { firewall, forwarding, taps, links, logger } = this.#options;
    const { routes, restored, lost } = await links.look();
    const settings = await taps.repair();
    if (restored.length + settings.length > 0)
      logger.warn({ restored: [...restored, ...settings] }, "somebody changed guests' links; they are back");
    if (lost.length > 0)
      logger.error(
        { links: lost },
        "somebody deleted links of VMs that run: they have no network until they are restarted",
      );
    const open = firewall.members.filter(({ access }) => access !== "none");
    if (open.length === 0) return;
    await forwarding.openUplinks(
      open.some(({ access }) => access === "full"),
      routes,
      (opened) => this.#fence(opened),
    );
  }

  async #lookAtRules(): Promise<void> {
    const { firewall, openings, logger } = this.#options;
    // Read before: what is changed while we look is seen the next time. A guard that went with its socket changes no number.
    const now = await firewall.othersGeneration();
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
