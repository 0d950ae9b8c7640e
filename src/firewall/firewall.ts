import type { NftOps } from "../host/host-ops.ts";
import type { Logger } from "../shared/logger.ts";
import type { GuestNetwork, Member, Taken } from "./member.ts";
import { OwnTables } from "./own-tables.ts";
import { Pairs } from "./pairs.ts";
import { type Content, changeCommands, fenceCommands } from "./ruleset.ts";

/** As many as a published port takes: of what kernels track by default (65,536 on a small host, 262,144 on others), a sixteenth at most. */
const MOST_CONNECTIONS = 4_096;

export interface FirewallOptions {
  readonly nft: NftOps;
  readonly network: GuestNetwork;
  readonly logger: Logger;
  /** Of one guest at a time. */
  readonly mostConnections?: number;
}

/**
 * What guests may send and be sent (NET-3), in tables of our own. The tables come with the first guest; each change of a guest after that is
 * one transaction. Changes run one after another.
 */
export class Firewall {
  readonly #tables: OwnTables;
  readonly #network: GuestNetwork;
  readonly #logger: Logger;
  readonly #mostConnections: number;
  readonly #members = new Map<string, Member>();
  readonly #pairs = new Pairs();
  #opened: readonly string[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ nft, network, logger, mostConnections = MOST_CONNECTIONS }: FirewallOptions) {
    this.#tables = new OwnTables(nft, logger);
    this.#network = network;
    this.#logger = logger;
    this.#mostConnections = mostConnections;
  }

  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** Lets a guest in, or changes what it may send: from then on, in connections that are there too. Resolves to what it had and has no more. ERR_HOST_* */
  admit(member: Member): Promise<Taken> {
    return this.#next(() => this.#change(member.tap, member));
  }

  /** Nothing where the guest is not known. */
  dismiss(tap: string): Promise<void> {
    return this.#next(async () => {
      if (this.#members.has(tap)) await this.#change(tap, undefined);
    });
  }

  /** Nobody is that address's peer any more. */
  unpeer(address: string): Promise<void> {
    return this.#next(async () => {
      for (const member of this.members) {
        if (!member.peers.includes(address)) continue;
        await this.#change(member.tap, {
          ...member,
          peers: member.peers.filter((other) => other !== address),
        });
      }
    });
  }

  /** Guests that a daemon before this one let in: together, so that none of them is shut out meanwhile; and links that it opened. */
  adopt(members: readonly Member[], opened: readonly string[]): Promise<void> {
    return this.#next(async () => {
      this.#opened = [...opened];
      for (const member of members) this.#remember(member.tap, member);
      await this.#tables.install(this.#content());
    });
  }

  /** Links that forward only because of us: what comes in by them goes to guests or nowhere. */
  fence(opened: readonly string[]): Promise<void> {
    return this.#next(async () => {
      const before = this.#opened;
      this.#opened = [...opened];
      if (this.#tables.areInstalled)
        await this.#tables.change((table) => fenceCommands(table, before, opened));
    });
  }

  /** Whether a daemon of another state directory has its rules here: ours would take them away. */
  isAnothers(): Promise<boolean> {
    return this.#next(() => this.#tables.areAnothers());
  }

  /** Whether all tables are there, whatever is in them. */
  isThere(): Promise<boolean> {
    return this.#tables.areThere();
  }

  /** As long as this number stays, nobody else has changed anything of nftables. */
  othersGeneration(): Promise<number> {
    return this.#next(() => this.#tables.othersGeneration());
  }

  /** Puts back what somebody else changed. Resolves to whether that was needed. */
  repair(): Promise<boolean> {
    return this.#next(async () => {
      if (this.#members.size === 0 || (await this.#tables.areIntact(this.#content()))) return false;
      await this.#tables.install(this.#content());
      return true;
    });
  }

  /** Takes everything away, also what a daemon before this one left. */
  close(): Promise<void> {
    return this.#next(() => this.#tables.delete());
  }

  async #change(tap: string, come: Member | undefined): Promise<Taken> {
    const change = this.#remember(tap, come);
    const taken = { before: change.gone ?? null, unpaired: change.unpaired };
    if (!this.#tables.areInstalled) {
      await this.#tables.install(this.#content());
      return taken;
    }
    try {
      await this.#tables.change((table) => changeCommands(table, change));
    } catch (error) {
      // Somebody flushed the tables in between, or an owned one went with its socket: all of it anew, or the error of that.
      this.#logger.warn({ err: error, tap }, "a change of the packet rules failed; making them anew");
      await this.#tables.install(this.#content());
    }
    return taken;
  }

  #remember(tap: string, come: Member | undefined) {
    const gone = this.#members.get(tap);
    if (come === undefined) this.#members.delete(tap);
    else this.#members.set(tap, come);
    return { gone, come, ...this.#pairs.replace(gone, come) };
  }

  #content(): Content {
    return {
      network: this.#network,
      members: this.members,
      pairs: this.#pairs.all(),
      opened: this.#opened,
      mostConnections: this.#mostConnections,
    };
  }

  #next<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(step);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
