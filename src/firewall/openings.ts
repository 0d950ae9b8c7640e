import type {
  NftChainInfo,
  NftChainRef,
  NftCommand,
  NftExpression,
  NftOps,
  NftRuleInfo,
  NftTableRef,
} from "../host/host-ops.ts";
import { accept, ip, match, meta, type NftPart, nftRule, tcp, udp } from "../shared/nft/index.ts";
import { DNS_PORT } from "./rules.ts";
import { GUARD, GUEST_LINKS, MAIN } from "./tables.ts";

/** By which our rules in other tables are found again. */
const COMMENT = "banger: guests, filtered in table inet banger";
/** Docker's chain for rules that are not its own: it asks it first, and leaves it alone. */
const DOCKER_USER = "DOCKER-USER";

type Hook = "forward" | "input";

/**
 * Ways for guests through other people's firewalls. A packet has to be accepted by every chain of a hook, so that Docker's or ufw's
 * `policy drop`, and the refusal that ends firewalld's chains, shut guests in whatever our own table says. Where a chain refuses what it does
 * not know, rules at its head let guests' links through: what they may has been judged before, in prerouting.
 */
export class Openings {
  readonly #nft: NftOps;
  readonly #gateway: string;

  /** `gateway`: the host's address on guests' network, where they reach its resolver. */
  constructor(nft: NftOps, gateway: string) {
    this.#nft = nft;
    this.#gateway = gateway;
  }

  /** Makes those that are needed and missing. Gives the chains that were opened. */
  async ensure(): Promise<string[]> {
    const opened: string[] = [];
    for (const [chain, hook] of await this.#closedChains()) {
      const ours = await this.#ours(chain);
      const wanted = commandsFor(chain, hook, this.#gateway);
      if (ours.length === wanted.length) continue;
      await this.#nft.apply([...deletions(ours), ...wanted]);
      opened.push(textOf(chain));
    }
    return opened;
  }

  /** Chains that refuse guests and that only another program may change. */
  async blocked(): Promise<string[]> {
    const owned = (await this.#nft.tables()).filter((table) => table.owned && isOthers(table));
    const found: string[] = [];
    for (const chain of (await Promise.all(owned.map((table) => this.#nft.chains(table)))).flat()) {
      const hook = hookOf(chain);
      if (hook !== null && refusesRest(chain, await this.#nft.rules(chain))) found.push(textOf(chain));
    }
    return found;
  }

  async close(): Promise<void> {
    for (const table of await this.#tables()) {
      for (const chain of await this.#nft.chains(table)) {
        const commands = deletions(await this.#ours(chain));
        if (commands.length > 0) await this.#nft.apply(commands);
      }
    }
  }

  async #closedChains(): Promise<[NftChainRef, Hook][]> {
    const found: [NftChainRef, Hook][] = [];
    for (const table of await this.#tables()) {
      for (const chain of await this.#nft.chains(table)) {
        const hook = hookOf(chain);
        if (hook === null) continue;
        const rules = await this.#nft.rules(chain);
        if (!refusesRest(chain, rules)) continue;
        const throughDocker = hook === "forward" && rules.some(asksDockerUser);
        found.push([throughDocker ? { table, name: DOCKER_USER } : chain, hook]);
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

function deletions(rules: readonly NftRuleInfo[]): NftCommand[] {
  return rules.map(({ chain, handle }) => ({ op: "delete-rule", chain, handle }));
}

function isOthers({ family, name }: NftTableRef): boolean {
  return (family === "ip" || family === "inet") && name !== MAIN.name && name !== GUARD.name;
}

function textOf({ table, name }: NftChainRef): string {
  return `${table.family} ${table.name} ${name}`;
}

/** Of packets to this host or through it; null of all other chains. */
function hookOf({ base }: NftChainInfo): Hook | null {
  if (base?.type !== "filter") return null;
  return base.hook === "forward" || base.hook === "input" ? base.hook : null;
}

/** By its policy, or, as firewalld's and many a script's, by a last rule that refuses all. */
function refusesRest({ base }: NftChainInfo, rules: readonly NftRuleInfo[]): boolean {
  if (base?.policy === "drop") return true;
  const last = rules.at(-1)?.expressions ?? [];
  return last.some(isRefusal) && last.every((each) => isRefusal(each) || isRemark(each));
}

function isRefusal(expression: NftExpression): boolean {
  if (expression.type === "reject") return true;
  if (expression.type === "verdict") return expression.verdict === "drop";
  // `iptables -j REJECT`: an extension of iptables itself, of which the kernel only says the name.
  return isUnknown(expression, "target") && Buffer.from(expression.data).includes("REJECT\0");
}

/** It has no say in whether the rule matches. */
function isRemark(expression: NftExpression): boolean {
  return expression.type === "counter" || isUnknown(expression, "log");
}

function isUnknown(
  expression: NftExpression,
  name: string,
): expression is Extract<NftExpression, { type: "unknown" }> {
  return expression.type === "unknown" && expression.name === name;
}

function asksDockerUser({ expressions }: NftRuleInfo): boolean {
  return expressions.some(
    (each) =>
      each.type === "verdict" &&
      typeof each.verdict === "object" &&
      "jump" in each.verdict &&
      each.verdict.jump === DOCKER_USER,
  );
}

function commandsFor(chain: NftChainRef, hook: Hook, gateway: string): NftCommand[] {
  const ways = hook === "input" ? toResolver(chain, gateway) : THROUGH;
  return ways.map((parts) => ({
    op: "add-rule",
    rule: { chain, expressions: nftRule(...parts, accept), comment: COMMENT },
    place: "first",
  }));
}

const FROM_GUESTS = match(meta.iifname, GUEST_LINKS);
/** No `ct` here: iptables cannot read a chain that has the kernel's own. What may go to guests is judged in our tables. */
const THROUGH: readonly NftPart[][] = [[FROM_GUESTS], [match(meta.oifname, GUEST_LINKS)]];

/** Answers to what the host asked are let in by whatever lets its other connections live. */
function toResolver({ table }: NftChainRef, gateway: string): NftPart[][] {
  // Before 1.8.8 iptables could not read a chain that has the kernel's own match of a port; and a table of `ip` sees IPv4 only.
  if (table.family === "ip") return [[FROM_GUESTS, match({ ...ip.daddr, needs: [] }, gateway)]];
  const resolver = [FROM_GUESTS, match(ip.daddr, gateway)];
  return [
    [...resolver, match(udp.dport, DNS_PORT)],
    [...resolver, match(tcp.dport, DNS_PORT)],
  ];
}
