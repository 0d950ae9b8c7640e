import type { Place } from "../../domain/place.ts";
import { tapName } from "../../domain/vm.ts";
import type { HostOps, LinkInfo } from "../../host/host-ops.ts";
import { errorCode } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { type Endpoint, tapOf } from "./endpoint.ts";
import type { LinkIntents } from "./intents.ts";
import type { TapBin } from "./tap-bin.ts";

/** After a guest has answered, or was given up, before TAPs are made for the next ones, in milliseconds: its first command has the host for itself. */
const REFILL_DELAY_MS = 300;
/** After the last VM has ended, before its like are not awaited any more, in milliseconds. */
const IDLE_MS = 30_000;
/** How often others' names are passed over for the ones behind them. */
const ROUNDS = 8;

/** Who the next VMs will be. */
export interface NextPlaces {
  nextPlaces(count: number): Place[];
  isFree(place: Place): boolean;
}

export interface TapPoolOptions {
  readonly host: Pick<HostOps, "tap">;
  readonly intents: LinkIntents;
  readonly bin: TapBin;
  readonly gateway: string;
  /** How many are kept ready; 0: none. */
  readonly size: number;
  readonly places: NextPlaces;
  /** Who a slot's VMM runs as. */
  readonly uidOf: (slot: number) => number;
  readonly logger: Logger;
  /** Milliseconds, for tests. */
  readonly refillDelayMs?: number;
  readonly idleMs?: number;
}

/** A TAP that is ready, and the number by which the kernel knows it from another one of its name. */
export interface ReadyTap extends Endpoint {
  readonly index: number;
}

/** Whether that link is the TAP that was made, and as it was made. */
export function isAsMade(link: LinkInfo, { index, uid }: ReadyTap): boolean {
  return link.index === index && link.up && link.tun?.ownerUid === uid;
}

/**
 * TAPs of the next VMs (NET-2), made while nobody waits: owned, up, with route and neighbour entry, so that handing one out asks nothing of the
 * kernel. Nobody can attach to one but a user that runs nothing yet. None comes back: a VMM may have changed owner, MAC or filters of its own.
 */
export class TapPool {
  readonly #options: TapPoolOptions;
  readonly #ready = new Map<number, ReadyTap>();
  /** Slots whose name is another's. */
  readonly #foreign = new Set<number>();
  #making: { readonly slot: number; readonly done: Promise<void> } | null = null;
  #filling: Promise<void> | null = null;
  #isClosed = false;
  #refillTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(options: TapPoolOptions) {
    this.#options = options;
  }

  /** Those that a VM can have without a wait. */
  get places(): readonly Place[] {
    return [...this.#ready.values()].map(({ slot, address }) => ({ slot, address }));
  }

  /** The TAP of that slot is its VM's from now on, ready or still to be made. Waits while one of that name is made or deleted here. */
  async take(slot: number): Promise<ReadyTap | null> {
    this.#refillTimer?.refresh();
    if (this.#making?.slot === slot) await this.#making.done;
    await this.#options.bin.settled(tapName(slot));
    const found = this.#ready.get(slot) ?? null;
    this.#ready.delete(slot);
    return found;
  }

  /** No TAP here leads to that address any more. */
  async vacate(address: string): Promise<void> {
    if (this.#making !== null) await this.#making.done;
    this.#drop([...this.#ready.values()].filter((tap) => tap.address === address));
    await this.#options.bin.settled();
  }

  /** TAPs will be ready for the next VMs, when nobody has asked for one for a moment. The gateway's address is there. */
  refill(): void {
    this.#stopTimers();
    if (this.#isClosed || this.#options.size === 0) return;
    this.#refillTimer = setTimeout(() => this.#begin(), this.#options.refillDelayMs ?? REFILL_DELAY_MS);
    this.#refillTimer.unref();
  }

  /** Those that are ready may have lost their routes. Never rejects. */
  async renew(): Promise<void> {
    await this.#drain();
    this.refill();
  }

  /** A VM has come: what is ready stays, also while its guest is waited for. */
  needed(): void {
    clearTimeout(this.#idleTimer);
  }

  /** No VM runs: after a while nothing is kept ready. */
  idle(): void {
    clearTimeout(this.#idleTimer);
    if (this.#isClosed) return;
    this.#idleTimer = setTimeout(() => void this.#drain(), this.#options.idleMs ?? IDLE_MS).unref();
  }

  /** Nothing of it is in the kernel when this resolves, and nothing is made any more. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#drain();
    await this.#options.bin.settled();
  }

  #stopTimers(): void {
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#refillTimer);
    this.#refillTimer = undefined;
  }

  async #drain(): Promise<void> {
    this.#stopTimers();
    await this.#filling;
    this.#foreign.clear();
    this.#drop([...this.#ready.values()]);
  }

  #drop(taps: readonly ReadyTap[]): void {
    for (const { slot } of taps) this.#ready.delete(slot);
    this.#options.bin.doom(taps.map(({ slot }) => tapName(slot)));
  }

  #begin(): void {
    this.#refillTimer = undefined;
    this.#filling ??= this.#fill()
      .catch((err) =>
        this.#options.logger.warn({ err }, "TAP devices for the next VMs could not be kept ready"),
      )
      .finally(() => {
        this.#filling = null;
      });
  }

  async #fill(): Promise<void> {
    const { bin, intents, places } = this.#options;
    // A place that a VM has got without being started: its TAP would wait for long.
    this.#drop([...this.#ready.values()].filter((tap) => !places.isFree(tap)));
    for (let round = 0; round < ROUNDS; round++) {
      await bin.settled();
      const missing = this.#missing();
      if (this.#isClosed || missing.length === 0) return;
      await intents.addLinks(missing.map(({ slot }) => tapName(slot)));
      for (const place of missing) {
        const name = tapName(place.slot);
        const isRecorded = (await intents.read()).links.includes(name);
        // Since then a VM may have come, which makes its own; or come and gone, and then its TAP goes first, and the record with it.
        if (this.#isClosed || !places.isFree(place) || bin.isDoomed(name) || !isRecorded) continue;
        const done = this.#make(place).finally(() => {
          this.#making = null;
        });
        this.#making = { slot: place.slot, done: done.catch(() => undefined) };
        await done;
      }
    }
  }

  #missing(): Place[] {
    const { size, places } = this.#options;
    const held = [...this.#ready.values()];
    const isNew = ({ slot, address }: Place) =>
      !this.#foreign.has(slot) && !held.some((tap) => tap.slot === slot || tap.address === address);
    const next = places.nextPlaces(size + held.length + this.#foreign.size);
    return next.filter(isNew).slice(0, size - held.length);
  }

  async #make({ slot, address }: Place): Promise<void> {
    const { host, intents, gateway, uidOf } = this.#options;
    const endpoint = { slot, address, uid: uidOf(slot) };
    try {
      const { index } = await host.tap.create(tapOf(endpoint, gateway));
      this.#ready.set(slot, { ...endpoint, index });
    } catch (error) {
      if (errorCode(error) !== "ERR_HOST_EXISTS") throw error;
      // Another's, which is not to be taken for ours after a crash.
      this.#foreign.add(slot);
      await intents.removeLinks([tapName(slot)]);
    }
  }
}
