import type {
  NetworkOps,
  NftCommand,
  NftElement,
  NftExpression,
  NftResult,
  NftSet,
  NftSetShape,
  NftTable,
} from "../host-ops.ts";
import { HostObject } from "./object.ts";

/** A table of nftables with all that is in it; closing deletes it. */
export class HostTable extends HostObject<NftTable> {
  readonly #ops: NetworkOps;

  constructor(ops: NetworkOps, table: NftTable) {
    super(table, async () => {
      await ops.nft.apply([{ op: "delete-table", table }]);
    });
    this.#ops = ops;
  }

  /** One transaction; of other tables too. ERR_HOST_EXISTS, ERR_HOST_NOT_FOUND, ERR_HOST_BUSY, ERR_HOST_INVALID; as {@link NftOps.apply}. */
  apply(...commands: readonly NftCommand[]): Promise<NftResult[]> {
    return this.#ops.nft.apply(commands);
  }

  /** A new set or map; closing deletes it. ERR_HOST_EXISTS when there is one of that name, ERR_HOST_INVALID. */
  addSet(set: Omit<NftSet, "table">): Promise<HostObject<NftSet>> {
    const whole: NftSet = { ...set, table: this.info };
    return this.#add({ op: "add-set", set: whole, mustCreate: true }, whole, {
      op: "delete-set",
      set: whole,
    });
  }

  /** Closing takes the elements out again; those that are gone already are no error. ERR_HOST_EXISTS for one with other data, ERR_HOST_NOT_FOUND. */
  addElements(
    set: NftSetShape,
    ...elements: readonly NftElement[]
  ): Promise<HostObject<readonly NftElement[]>> {
    return this.#add({ op: "add-elements", set, elements }, elements, {
      op: "delete-elements",
      set,
      elements,
    });
  }

  /** At the end of a chain of this table. ERR_HOST_NOT_FOUND without the chain, or a set that it looks in; ERR_HOST_INVALID. */
  async addRule(
    name: string,
    expressions: readonly NftExpression[],
    comment?: string,
  ): Promise<HostObject<{ handle: bigint }>> {
    const chain = { table: this.info, name };
    const rule = { chain, expressions, ...(comment === undefined ? {} : { comment }) };
    const [made] = await this.apply({ op: "add-rule", rule });
    const handle = made?.handle ?? 0n; // the kernel tells it of every rule
    return new HostObject({ handle }, async () => {
      await this.apply({ op: "delete-rule", chain, handle });
    });
  }

  async #add<Info>(command: NftCommand, info: Info, release: NftCommand): Promise<HostObject<Info>> {
    await this.apply(command);
    return new HostObject(info, async () => {
      await this.apply(release);
    });
  }
}

/** Makes a table that must not be there, and more of it in the same transaction. */
export async function createTable(
  ops: NetworkOps,
  table: NftTable,
  more: readonly NftCommand[],
): Promise<HostTable> {
  await ops.nft.apply([{ op: "add-table", table, mustCreate: true }, ...more]);
  return new HostTable(ops, table);
}
