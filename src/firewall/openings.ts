import type {
  NftChainInfo,
  NftChainRef,
  NftCommand,
  NftOps,
  NftRuleInfo,
  NftTableRef,
} from "../host/host-ops.ts";
import { accept, match, meta, nftRule } from "../shared/nft/index.ts";
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
      opened.push(textOf(chain));
    }
    return opened;
  }

  /** Chains that refuse guests and that only another program may change. */
  async blocked(): Promise<string[]> {
    const owned = (await this.#nft.tables()).filter((table) => table.owned && isOthers(table));
    const chains = await Promise.all(owned.map((table) => this.#nft.chains(table)));
    return chains.flat().filter(refusesRest).map(textOf);
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
        if (!refusesRest(chain)) continue;
        const hook = chain.base?.hook === "forward" ? "forward" : "input";
        const docker = chains.find(({ name }) => name === DOCKER_USER);
        found.push([hook === "forward" && docker !== undefined ? docker : chain, hook]);
      }
    }
    return found;
  }

  async #tables() {
    const tables = await this.#nft.tables();
    return tables.filter((table) => !table.owned && isOthers(table));
  }

  async #ours(chain: NftChainRef): Promise<NftRuleInfo[]> {
    return (await this.#nft.rules(chain)).filter(({ comment }) => comment === COMMENT);
  }
}

function isOthers({ family, name }: NftTableRef): boolean {
  return (family === "ip" || family === "inet") && name !== MAIN.name && name !== GUARD.name;
}

function textOf({ table, name }: NftChainRef): string {
  return `${table.family} ${table.name} ${name}`;
}

/** Of packets to this host or through it: by its policy, or, as firewalld's, by its last rule. */
function refusesRest({ base, table, name }: NftChainInfo): boolean {
  if (base?.type !== "filter" || (base.hook !== "forward" && base.hook !== "input")) return false;
  return base.policy === "drop" || (table.name === "firewalld" && name.startsWith("filter_"));
}

function rulesFor(chain: NftChainRef, hook: "forward" | "input"): NftCommand[] {
  const from = nftRule(match(meta.iifname, GUEST_LINKS), accept);
  // No `ct` here: iptables cannot read a chain that has the kernel's own. What may go to guests is judged in our tables.
  const to = nftRule(match(meta.oifname, GUEST_LINKS), accept);
  return (hook === "forward" ? [from, to] : [from]).map((expressions) => ({
    op: "add-rule",
    rule: { chain, expressions, comment: COMMENT },
    place: "first",
  }));
}
