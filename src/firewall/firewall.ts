import type { NftOps, NftTable } from "../host/host-ops.ts";
import { errorCode } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import { handlesOf, isIntact, type RuleHandles } from "./inspect.ts";
import type { GuestNetwork, Member } from "./member.ts";
import { Pairs } from "./pairs.ts";
import { type Content, changeCommands, replaceTable } from "./ruleset.ts";
import { GUARD, layoutOf, MAIN } from "./tables.ts";

export interface FirewallOptions {
  readonly nft: NftOps;
  readonly network: GuestNetwork;
  readonly logger: Logger;
}

/**
 * What guests may send and be sent (NET-3), in tables of our own. The tables come with the first guest; each change of a guest after that is
 * one transaction. Changes run one after another.
 */
export class Firewall {
  readonly #nft: NftOps;
  readonly #network: GuestNetwork;
  readonly #logger: Logger;
  readonly #members = new Map<string, Member>();
  readonly #pairs = new Pairs();
  #opened: readonly string[] = [];
  /** Of each table that is there, by its name. */
  readonly #installed = new Map<string, RuleHandles>();
  #hasGuard = true;
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ nft, network, logger }: FirewallOptions) {
    this.#nft = nft;
    this.#network = network;
    this.#logger = logger;
  }

  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** Lets a guest in, or changes what it may: from then on, for connections that are there too. ERR_HOST_* */
  admit(member: Member): Promise<void> {
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
      await this.#install();
    });
  }

  /** Links that forward only because of us: what comes in by them goes to guests or nowhere. */
  fence(opened: readonly string[]): Promise<void> {
    return this.#next(async () => {
      if (opened.join() === this.#opened.join()) return;
      const [before, after] = [new Set(this.#opened), new Set(opened)];
      this.#opened = [...opened];
      if (this.#installed.size === 0) return;
      const elements = (from: Set<string>, without: Set<string>) =>
        [...from].filter((link) => !without.has(link)).map((link) => ({ key: [link] }));
      await this.#nft.apply(
        this.#tables().flatMap((table) => {
          const set = layoutOf(table).opened;
          return [
            { op: "delete-elements", set, elements: elements(before, after) } as const,
            { op: "add-elements", set, elements: elements(after, before) } as const,
          ].filter((command) => command.elements.length > 0);
        }),
      );
    });
  }

  /** Whether all tables are there, whatever is in them. */
  async isThere(): Promise<boolean> {
    const names = new Set((await this.#nft.tables()).map(({ name }) => name));
    return this.#tables().every(({ name }) => names.has(name));
  }

  /** Puts back what somebody else changed. Resolves to whether that was needed. */
  repair(): Promise<boolean> {
    return this.#next(async () => {
      if (this.#members.size === 0) return false;
      const whole = await Promise.all(
        this.#tables().map((table) => {
          const handles = this.#installed.get(table.name);
          return handles !== undefined && isIntact(this.#nft, table, handles, this.#content());
        }),
      );
      if (whole.every(Boolean)) return false;
      await this.#install();
      return true;
    });
  }

  /** Takes everything away, also what a daemon before this one left. */
  close(): Promise<void> {
    return this.#next(() => this.#deleteTables());
  }

  async #change(tap: string, come: Member | undefined): Promise<void> {
    const gone = this.#members.get(tap);
    const { unpaired, paired } = this.#remember(tap, come);
    if (this.#installed.size === 0) return this.#install();
    const change = { gone, unpaired, come, paired };
    try {
      await this.#nft.apply(this.#tables().flatMap((table) => changeCommands(table, change)));
    } catch (error) {
      // Somebody flushed the tables in between, or an owned one went with its socket: all of it anew, or the error of that.
      this.#logger.warn({ err: error, tap }, "a change of the packet rules failed; making them anew");
      await this.#install();
    }
  }

  #remember(tap: string, come: Member | undefined) {
    const gone = this.#members.get(tap);
    const unpaired = gone === undefined ? [] : this.#pairs.remove(gone);
    const paired = come === undefined ? [] : this.#pairs.add(come);
    if (come === undefined) this.#members.delete(tap);
    else this.#members.set(tap, come);
    return { unpaired, paired };
  }

  async #install(): Promise<void> {
    if (this.#hasGuard) {
      try {
        await this.#replace(GUARD);
      } catch (error) {
        // Before Linux 5.12 there are no tables of one's own.
        if (!["ERR_HOST_UNSUPPORTED", "ERR_HOST_INVALID"].includes(errorCode(error))) throw error;
        this.#hasGuard = false;
        this.#logger.warn(
          { err: error },
          "this kernel has no tables of one's own: a flush of nftables opens guests' way until the next check",
        );
      }
    }
    await this.#replace(MAIN);
  }

  async #replace(table: NftTable): Promise<void> {
    const commands = replaceTable(table, this.#content());
    this.#installed.set(table.name, handlesOf(commands, await this.#nft.apply(commands)));
  }

  async #deleteTables(): Promise<void> {
    await this.#nft.apply([MAIN, GUARD].map((table) => ({ op: "delete-table", table }) as const));
    this.#installed.clear();
  }

  #content(): Content {
    return {
      network: this.#network,
      members: this.members,
      pairs: this.#pairs.all(),
      opened: this.#opened,
    };
  }

  #tables(): NftTable[] {
    return this.#hasGuard ? [GUARD, MAIN] : [MAIN];
  }

  #next<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(step);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
