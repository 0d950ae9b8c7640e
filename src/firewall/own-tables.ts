import type { NftCommand, NftOps, NftResult, NftTable } from "../host/host-ops.ts";
import { BangerError, errorCode } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import { handlesOf, isIntact, type RuleHandles } from "./inspect.ts";
import { type Content, replaceTable } from "./ruleset.ts";
import { GUARD, MAIN } from "./tables.ts";

export const ANOTHER_DAEMON = {
  code: "ERR_ANOTHER_DAEMON",
  message: `another banger daemon keeps this host's packet rules (table inet ${GUARD.name})`,
  next: "use that one, or end it: `banger daemon stop` as the user who started it",
} as const;

/** Our tables in the kernel, as far as it can have them. One call after another. */
export class OwnTables {
  readonly #nft: NftOps;
  readonly #logger: Logger;
  /** Of each table that is there, by its name. */
  readonly #installed = new Map<string, RuleHandles>();
  #hasGuard = true;
  #countsConnections = true;
  /** Transactions of our own. */
  #made = 0;

  constructor(nft: NftOps, logger: Logger) {
    this.#nft = nft;
    this.#logger = logger;
  }

  get areInstalled(): boolean {
    return this.#installed.size > 0;
  }

  /** Whether a daemon of another state directory, which runs, has its rules in this network: its guard goes with it. */
  async areAnothers(): Promise<boolean> {
    if (this.areInstalled) return false;
    return (await this.#nft.tables()).some(({ name }) => name === GUARD.name);
  }

  /** All of them anew. ERR_ANOTHER_DAEMON, ERR_HOST_* */
  async install(content: Content): Promise<void> {
    if (await this.areAnothers()) {
      const { code, message, next } = ANOTHER_DAEMON;
      throw new BangerError(code, message, { next });
    }
    if (this.#hasGuard) {
      try {
        await this.#replace(GUARD, content);
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
    try {
      await this.#replace(MAIN, content);
    } catch (error) {
      if (!this.#countsConnections || errorCode(error) !== "ERR_HOST_UNSUPPORTED") throw error;
      this.#countsConnections = false;
      await this.#replace(MAIN, content);
      this.#logger.warn(
        { err: error },
        "this kernel cannot count connections of one guest (nft_connlimit): one may take all that it tracks",
      );
    }
  }

  /** One transaction for all tables. ERR_HOST_* */
  async change(commandsOf: (table: NftTable) => readonly NftCommand[]): Promise<void> {
    await this.#apply(this.#tables().flatMap(commandsOf));
  }

  /** Whether all of them are there, whatever is in them. */
  async areThere(): Promise<boolean> {
    const names = new Set((await this.#nft.tables()).map(({ name }) => name));
    return this.#tables().every(({ name }) => names.has(name));
  }

  /** Whether they are as they were made and changed. */
  async areIntact(content: Content): Promise<boolean> {
    const whole = await Promise.all(
      this.#tables().map((table) => {
        const handles = this.#installed.get(table.name);
        return handles !== undefined && isIntact(this.#nft, table, handles, content);
      }),
    );
    return whole.every(Boolean);
  }

  /** Those of a daemon before this one too; not those of another that runs. */
  async delete(): Promise<void> {
    if (await this.areAnothers()) return;
    await this.#nft.apply([MAIN, GUARD].map((table) => ({ op: "delete-table", table }) as const));
    this.#installed.clear();
  }

  /** The number of nftables' last transaction less our own: another one means that somebody else changed something. */
  async othersGeneration(): Promise<number> {
    return ((await this.#nft.generation()) - this.#made) >>> 0;
  }

  /**
   * The kernel's number does not grow where all was there already, or all gone. The guard is ours alone: where it is, nobody else can have done what is
   * to be done in it, and each transaction is a real one. One that is not counted looks like somebody else's: that costs a look, and hides nothing.
   */
  async #apply(commands: readonly NftCommand[]): Promise<NftResult[]> {
    if (commands.length === 0) return [];
    const results = await this.#nft.apply(commands);
    if (this.#hasGuard) this.#made += 1;
    return results;
  }

  async #replace(table: NftTable, content: Content): Promise<void> {
    const bounded = this.#countsConnections ? content : { ...content, mostConnections: null };
    const commands = replaceTable(table, bounded);
    this.#installed.set(table.name, handlesOf(commands, await this.#apply(commands)));
  }

  #tables(): NftTable[] {
    return this.#hasGuard ? [GUARD, MAIN] : [MAIN];
  }
}
