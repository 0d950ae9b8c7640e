import type { NftChainInfo, NftChainRef, NftCommand, NftOps, NftRuleInfo } from "../host/host-ops.ts";
import { accept, ct, match, matchAny, meta, nftRule } from "../shared/nft/index.ts";
import { GUARD, GUEST_LINKS, MAIN } from "./tables.ts";

/** By which our rules in other tables are found again. */
const COMMENT = "banger: guests, filtered in table inet banger";
/** Docker's chain for rules that are not its own: it asks it first, and leaves it alone. */
const DOCKER_USER = "DOCKER-USER";

/**
 * Ways for guests through other people's firewalls. A packet has to be accepted by every chain of a hook, so that Docker's or ufw's
 * `policy drop`, and the refusal that ends firewalld's chains, shut guests in whatever our own table says. Where a chain refuses what it does
 * not know, a rule at its head lets guests' links through: what they may has been judged before, in prerouting.
 */
export class Openings {
  readonly #nft: NftOps;

  constructor(nft: NftOps) {
    this.#nft = nft;
  }

  /** Makes those that are needed and missing. Gives the chains that were opened. */
  async ensure(): Promise<string[]> {
    const opened: string[] = [];
    for (const [chain, hook] of await this.#closedChains()) {
      if ((await this.#ours(chain)).length > 0) continue;
      await this.#nft.apply(rulesFor(chain, hook));
      opened.push(`${chain.table.family} ${chain.table.name} ${chain.name}`);
    }
    return opened;
  }

  async close(): Promise<void> {
    for (const table of await this.#tables()) {
      for (const chain of await this.#nft.chains(table)) {
        const commands = (await this.#ours(chain)).map(
          ({ handle }): NftCommand => ({ op: "delete-rule", chain, handle }),
        );
        if (commands.length > 0) await this.#nft.apply(commands);
      }
    }
  }

  async #closedChains(): Promise<[NftChainRef, "forward" | "input"][]> {
    const found: [NftChainRef, "forward" | "input"][] = [];
    for (const table of await this.#tables()) {
      const chains = await this.#nft.chains(table);
      for (const chain of chains) {
        const hook = chain.base?.hook;
        if ((hook !== "forward" && hook !== "input") || !refusesRest(chain)) continue;
        const docker = chains.find(({ name }) => name === DOCKER_USER);
        found.push([hook === "forward" && docker !== undefined ? docker : chain, hook]);
      }
    }
    return found;
  }

  async #tables() {
    const tables = await this.#nft.tables();
    return tables.filter(
      ({ family, name, owned }) =>
        ["ip", "inet"].includes(family) && name !== MAIN.name && name !== GUARD.name && !owned,
    );
  }

  async #ours(chain: NftChainRef): Promise<NftRuleInfo[]> {
    return (await this.#nft.rules(chain)).filter(({ comment }) => comment === COMMENT);
  }
}

/** By its policy, or, as firewalld's, by its last rule. */
function refusesRest({ base, table, name }: NftChainInfo): boolean {
  if (base?.type !== "filter") return false;
  return base.policy === "drop" || (table.name === "firewalld" && name.startsWith("filter_"));
}

function rulesFor(chain: NftChainRef, hook: "forward" | "input"): NftCommand[] {
  const from = nftRule(match(meta.iifname, GUEST_LINKS), accept);
  const to = nftRule(match(meta.oifname, GUEST_LINKS), matchAny(ct.state, "established,related"), accept);
  return (hook === "forward" ? [from, to] : [from]).map((expressions) => ({
    op: "add-rule",
    rule: { chain, expressions, comment: COMMENT },
    place: "first",
  }));
}
