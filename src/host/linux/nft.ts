import { errnoName, HostError, hasErrno } from "../host-error.ts";
import type {
  NftChainInfo,
  NftChainRef,
  NftCommand,
  NftElementInfo,
  NftOps,
  NftResult,
  NftRuleInfo,
  NftSetInfo,
  NftSetRef,
  NftTableInfo,
  NftTableRef,
} from "../host-ops.ts";
import { host } from "../native-error.ts";
import { decodeChain, listChains } from "../shared/nft/chain.ts";
import { decodeElements, elementsOf, listElements } from "../shared/nft/element-decode.ts";
import { isNoTables, noTables } from "../shared/nft/failure.ts";
import { decodeGeneration, getGeneration } from "../shared/nft/generation.ts";
import {
  encodeBatch,
  encodeRequest,
  type Message,
  messagesOf,
  NLM_F,
  type Request,
} from "../shared/nft/message.ts";
import { type Planned, plan } from "../shared/nft/plan.ts";
import { decodeRule, listRules } from "../shared/nft/rule.ts";
import { decodeSet, listSets } from "../shared/nft/set.ts";
import { decodeTable, listTables } from "../shared/nft/table.ts";
import { type Outcome, outcomeOf, replyBytes } from "../shared/nft/transaction.ts";
import type { Addon } from "./addon.ts";
import { NetfilterSocket, type NetfilterSocketLife } from "./netfilter-socket.ts";

const OBJECT = "nf_tables";
const SUBJECT = { object: OBJECT, name: OBJECT, works: "this kernel has nf_tables", missing: noTables };
/** Each try leaves out what was gone; only a race with somebody who deletes the same makes more than two. */
const TRIES = 8;

/** nf_tables of the addon's network namespace. Needs Linux 5.6 for ranges in concatenations, else 4.18. */
export class LinuxNft implements NftOps {
  readonly #socket: NetfilterSocket;

  constructor(addon: Addon, life: NetfilterSocketLife) {
    this.#socket = new NetfilterSocket(addon, life, SUBJECT);
  }

  available(): Promise<{ ok: boolean; reason: string }> {
    return this.#socket.available(() => this.tables());
  }

  async apply(commands: readonly NftCommand[]): Promise<NftResult[]> {
    const missing = new Set<Planned>();
    const all = await host(OBJECT, () => plan(commands));
    for (let attempt = 1; ; attempt++) {
      const planned = all.filter((each) => !missing.has(each));
      const outcome = await this.#transact(commands, planned);
      if ("results" in outcome) return resultsOf(commands, outcome.results, all, missing);
      if (outcome.missing.length === 0 || attempt === TRIES) throw outcome.error;
      for (const place of outcome.missing) missing.add(planned[place] as Planned);
    }
  }

  async #transact(commands: readonly NftCommand[], planned: readonly Planned[]): Promise<Outcome> {
    if (planned.length === 0) return { results: new Map() };
    const first = this.#socket.next(planned.length + 2);
    const requests = planned.map(({ request }) => request);
    const sent = encodeBatch(requests, first);
    try {
      const replies = await this.#socket.exchange((socket) => socket.batch(sent, replyBytes(planned)));
      return outcomeOf(commands, planned, first, messagesOf(replies));
    } catch (error) {
      // The network namespace is gone, and with it all that was to be deleted.
      if (!hasErrno(error, "ENOENT") || !planned.every(({ optional }) => optional)) throw error;
      return { error, missing: [...planned.keys()] };
    }
  }

  async generation(): Promise<number> {
    const [known] = await this.#dump(getGeneration(), decodeGeneration);
    if (known !== undefined) return known;
    throw this.#socket.unreadable("netlink(NFT_MSG_GETGEN)", "no number in the answer");
  }

  async tables(): Promise<NftTableInfo[]> {
    return this.#dump(listTables(), decodeTable);
  }

  async chains(table: NftTableRef): Promise<NftChainInfo[]> {
    const all = await this.#dump(listChains(table), decodeChain);
    return all.filter((chain) => chain.table.name === table.name);
  }

  async rules(chain: NftChainRef): Promise<NftRuleInfo[]> {
    const all = await this.#dump(listRules(chain), decodeRule);
    return all.filter((rule) => rule.chain.table.name === chain.table.name && rule.chain.name === chain.name);
  }

  async sets(table: NftTableRef): Promise<NftSetInfo[]> {
    const all = await this.#dump(listSets(table), decodeSet);
    return all.filter((set) => set.table.name === table.name);
  }

  async elements(set: NftSetRef): Promise<NftElementInfo[]> {
    const known = (await this.sets(set.table)).find(({ name }) => name === set.name);
    if (known === undefined) return [];
    const parts = await this.#dump(listElements(set), elementsOf);
    return this.#socket.decoded("netlink(NFT_MSG_GETSETELEM)", () => decodeElements(known, parts.flat()));
  }

  /** ECANCELED for those who come after it. */
  async close(): Promise<void> {
    await this.#socket.close();
  }

  async #dump<T>(request: Request, decode: (message: Message) => T | null): Promise<T[]> {
    const syscall = `netlink(NFT_MSG_${request.name})`;
    for (let attempt = 1; ; attempt++) {
      const { messages, end } = await this.#socket.ask(syscall, (sequence) =>
        encodeRequest(request, sequence),
      );
      const errnoCode = errnoName(end.errno);
      if (errnoCode === "ENOENT") return [];
      const torn = messages.some(({ flags }) => (flags & NLM_F.DUMP_INTR) !== 0);
      // The kernel says so where it saw a change in between: EINTR, or the flag.
      if ((torn || errnoCode === "EINTR") && attempt < TRIES) continue;
      if (isNoTables(errnoCode)) throw noTables(errnoCode, syscall);
      if (end.errno !== 0) throw new HostError({ errnoCode, syscall, object: OBJECT, detail: end.text });
      if (torn)
        throw new HostError({ errnoCode: "EINTR", syscall, object: OBJECT, detail: "the listing was torn" });
      return this.#socket.decoded(syscall, () => messages.map(decode).filter((item) => item !== null));
    }
  }
}

function resultsOf(
  commands: readonly NftCommand[],
  handles: ReadonlyMap<number, bigint>,
  all: readonly Planned[],
  missing: ReadonlySet<Planned>,
): NftResult[] {
  const done = new Set(all.filter((each) => !missing.has(each)).map(({ command }) => command));
  const gone = new Set([...missing].map(({ command }) => command));
  return commands.map((_, command) => ({
    handle: handles.get(command) ?? null,
    missing: gone.has(command) && !done.has(command),
  }));
}
