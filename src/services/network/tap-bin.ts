import type { HostOps, LinkInfo } from "../../host/host-ops.ts";
import type { Logger } from "../../shared/logger.ts";
import { isUnattached } from "./endpoint.ts";
import type { LinkIntents } from "./intents.ts";

const TAP = /^bgr\d+$/;

export interface TapBinOptions {
  readonly host: Pick<HostOps, "link">;
  readonly intents: LinkIntents;
  /** The owner of a slot's TAP. */
  readonly uidOf: (slot: number) => number;
  readonly logger: Logger;
}

/**
 * TAPs that nobody uses any more, deleted while nobody waits: each deletion waits for an RCU grace period (15-40 ms), however many are deleted by
 * it. A name is on disk until its TAP is gone (ST-5).
 */
export class TapBin {
  readonly #options: TapBinOptions;
  /** To be deleted, and being deleted. */
  readonly #doomed = new Set<string>();
  /** Not on disk yet. */
  readonly #unwritten = new Set<string>();
  #writing: Promise<void> | null = null;
  #deleting: Promise<void> | null = null;

  constructor(options: TapBinOptions) {
    this.#options = options;
  }

  /** Resolves when the name is on disk; the TAP goes later. */
  async discard(tap: string): Promise<void> {
    const { intents } = this.#options;
    if (!(await intents.read()).links.includes(tap)) await this.#record(tap);
    this.doom([tap]);
  }

  /** The same for names that are on disk. */
  doom(taps: readonly string[]): void {
    for (const tap of taps) this.#doomed.add(tap);
    if (this.#doomed.size === 0) return;
    this.#deleting ??= this.#deleteAll().finally(() => {
      this.#deleting = null;
      this.doom([]);
    });
  }

  /** Waits until of that name, or of any, none is to be deleted. */
  async settled(tap?: string): Promise<void> {
    while (tap === undefined ? this.#doomed.size > 0 : this.#doomed.has(tap)) await this.#deleting;
  }

  /** Whether it is to be deleted. */
  isDoomed(tap: string): boolean {
    return this.#doomed.has(tap);
  }

  /** Whether a link that has a TAP's name is one that this daemon, or one before it, left: recorded, of its owner, and not in use. */
  async isLeftOver(link: LinkInfo): Promise<boolean> {
    const { intents, uidOf } = this.#options;
    const owner = uidOf(Number(link.name.slice("bgr".length)));
    if (link.tun?.ownerUid !== owner || !isUnattached(link)) return false;
    return (await intents.read()).links.includes(link.name);
  }

  /** Deletes what an earlier daemon has left, but for running VMs' TAPs. What is another's by now is only forgotten. */
  async sweep(running: ReadonlySet<string>): Promise<void> {
    const { host, intents } = this.#options;
    await this.settled();
    const names = (await intents.read()).links.filter((name) => TAP.test(name));
    const left: string[] = [];
    for (const name of names.filter((each) => !running.has(each))) {
      const link = await host.link.get(name);
      if (link !== null && (await this.isLeftOver(link))) left.push(name);
    }
    await host.link.deleteMany(left);
    if (names.length > 0) await intents.removeLinks(names);
  }

  /** Those that come meanwhile are of the next round. Never rejects. */
  async #deleteAll(): Promise<void> {
    const { host, intents, logger } = this.#options;
    const taps = [...this.#doomed];
    try {
      await host.link.deleteMany(taps);
      await intents.removeLinks(taps);
    } catch (err) {
      // Their names stay on disk, for the next VM of that name, or the next daemon.
      logger.warn({ err, taps }, "TAP devices could not be deleted");
    } finally {
      for (const tap of taps) this.#doomed.delete(tap);
    }
  }

  /** One write for all that come before it has begun. */
  async #record(tap: string): Promise<void> {
    this.#unwritten.add(tap);
    this.#writing ??= Promise.resolve().then(() => {
      const taps = [...this.#unwritten];
      this.#unwritten.clear();
      this.#writing = null;
      return this.#options.intents.addLinks(taps);
    });
    await this.#writing;
  }
}
