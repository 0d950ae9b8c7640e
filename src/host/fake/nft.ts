import os from "node:os";
import { performance } from "node:perf_hooks";
import { compareBytes } from "../../shared/nft/bytes.ts";
import { closedError } from "../closed.ts";
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
import { commandFailure, noTables } from "../shared/nft/failure.ts";
import { tableText } from "../shared/nft/names.ts";
import { type Planned, plan } from "../shared/nft/plan.ts";
import type { Faults, OperationName } from "./faults.ts";
import type { FakeKernel } from "./kernel.ts";
import { change } from "./nft-change.ts";
import { Refused, usesOfChain } from "./nft-draft.ts";
import type { FakeNftTable } from "./nft-objects.ts";
import { dropOwnSets } from "./nft-own-set.ts";

const OBJECT = "nf_tables";
const SYSCALL = "netlink(NETLINK_NETFILTER)";

/** How long what is owned lasts: as the real one's socket does. */
type NetfilterSocketLife = "kept" | "each";

/** nf_tables in memory. Arguments are checked by the real one's encoder. */
export class FakeNft implements NftOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;
  readonly #there: boolean;
  readonly #life: NetfilterSocketLife;
  readonly #now: () => number;
  #closed = false;

  constructor(
    kernel: FakeKernel,
    faults: Faults,
    there: boolean,
    life: NetfilterSocketLife = "kept",
    now = () => performance.now(),
  ) {
    this.#kernel = kernel;
    this.#faults = faults;
    this.#there = there;
    this.#life = life;
    this.#now = now;
  }

  async available(): Promise<{ ok: boolean; reason: string }> {
    await this.#faults.gate("nft.available", "nf_tables");
    return { ok: this.#there, reason: `this kernel has ${this.#there ? "" : "no "}nf_tables` };
  }

  async apply(commands: readonly NftCommand[]): Promise<NftResult[]> {
    const isClosed = this.#closed && commands.length > 0;
    await this.#faults.gate("nft.apply", commands.map(({ op }) => op).join(", "));
    const planned = await host("nf_tables", () => plan(commands));
    if (isClosed) throw closedError(SYSCALL, OBJECT);
    if (planned.length > 0) this.#check();
    this.#expire();
    const draft = structuredClone(this.#kernel.tables);
    const results = commands.map((command, index) => {
      try {
        const result = change(draft, command, this.#now());
        for (const table of draft.values()) dropOwnSets(table);
        return result;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const failed = planned.find((each) => each.command === index) as Planned;
        const errno = os.constants.errno[error.errnoCode];
        throw commandFailure(commands, failed, { errno, text: "", offset: null });
      }
    });
    this.#kernel.tables = draft;
    if (commands.length > 0) this.#kernel.nftGeneration++;
    if (this.#life === "each" || this.#closed) this.#dropOwned();
    return results;
  }

  async tables(): Promise<NftTableInfo[]> {
    await this.#gate("nft.tables", "tables");
    this.#check();
    return [...this.#kernel.tables.values()].map(
      ({ family, name, handle, dormant, owned, chains, sets }) => ({
        ...{ family, name, handle, dormant, owned },
        uses: chains.size + sets.size,
      }),
    );
  }

  async generation(): Promise<number> {
    await this.#gate("nft.generation", "nf_tables");
    this.#check();
    return this.#kernel.nftGeneration;
  }

  async chains(table: NftTableRef): Promise<NftChainInfo[]> {
    await this.#gate("nft.chains", tableText(table));
    const found = this.#table(table);
    return [...(found?.chains ?? [])].map(([name, { handle, base }]) => ({
      table: { family: table.family, name: table.name },
      ...{ name, handle, base },
      uses: usesOfChain(found as FakeNftTable, name),
    }));
  }

  async rules(chain: NftChainRef): Promise<NftRuleInfo[]> {
    await this.#gate("nft.rules", chain.name);
    const { family, name } = chain.table;
    const rules = this.#table(chain.table)?.chains.get(chain.name)?.rules ?? [];
    return rules.map((rule) => ({ chain: { table: { family, name }, name: chain.name }, ...rule }));
  }

  async sets(table: NftTableRef): Promise<NftSetInfo[]> {
    await this.#gate("nft.sets", tableText(table));
    return [...(this.#table(table)?.sets.values() ?? [])].map(({ info }) => info);
  }

  async elements(set: NftSetRef): Promise<NftElementInfo[]> {
    await this.#gate("nft.elements", set.name);
    const elements = this.#table(set.table)?.sets.get(set.name)?.elements.values() ?? [];
    const sorted = [...elements].sort((a, b) => compareBytes(a.from, b.from));
    return sorted.map(({ info, endsMs }) => ({
      ...info,
      ...(endsMs === null ? {} : { expiresMs: BigInt(Math.ceil(endsMs - this.#now())) }),
    }));
  }

  /** What this one owns goes; ERR_HOST_CLOSED for those who come after it. */
  close(): void {
    this.#closed = true;
    this.#dropOwned();
  }

  #dropOwned(): void {
    for (const [name, { owned }] of this.#kernel.tables) if (owned) this.#kernel.tables.delete(name);
  }

  /** What came before {@link close} has its answer. */
  async #gate(operation: OperationName, object: string): Promise<void> {
    const isClosed = this.#closed;
    await this.#faults.gate(operation, object);
    if (isClosed) throw closedError(SYSCALL, OBJECT);
  }

  #check(): void {
    if (!this.#there) throw noTables("EOPNOTSUPP", "netlink(NFNL_MSG_BATCH_BEGIN)");
  }

  #table(table: NftTableRef): FakeNftTable | undefined {
    this.#check();
    this.#expire();
    return this.#kernel.tables.get(tableText(table));
  }

  #expire(): void {
    const sets = [...this.#kernel.tables.values()].flatMap((table) => [...table.sets.values()]);
    for (const { elements } of sets) {
      for (const [key, { endsMs }] of elements) {
        if (endsMs !== null && endsMs <= this.#now()) elements.delete(key);
      }
    }
  }
}
