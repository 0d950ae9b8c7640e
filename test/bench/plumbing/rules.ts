import { Firewall } from "../../../src/firewall/firewall.ts";
import type { Member } from "../../../src/firewall/member.ts";
import { changeCommands, replaceTable } from "../../../src/firewall/ruleset.ts";
import { GUARD, layoutOf, MAIN } from "../../../src/firewall/tables.ts";
import type { HostOps, NftTable } from "../../../src/host/host-ops.ts";
import { errorCode } from "../../../src/shared/errors.ts";
import { gatewayOf } from "../../../src/shared/ipv4.ts";
import { silentLogger } from "../../../src/shared/logger.ts";
import { CIDR } from "./place.ts";

const NETWORK = { cidr: CIDR, gateway: gatewayOf(CIDR) };
/** The guard can be written to by nobody but the socket that made it: for the other columns there are two tables like ours. */
const THEIRS: readonly NftTable[] = ["plumbing-guard", "plumbing-main"].map((name) => ({
  family: "inet",
  name,
}));

/** What guests may send: the daemon's own tables, with a create's one transaction that changes both. */
export class PacketRules {
  readonly theirs = THEIRS.map(({ name }) => name);
  readonly #host: HostOps;
  readonly #firewall: Firewall;

  private constructor(host: HostOps) {
    this.#host = host;
    this.#firewall = new Firewall({ nft: host.nft, network: NETWORK, logger: silentLogger });
  }

  /** All tables, without a guest. */
  static async make(host: HostOps): Promise<PacketRules> {
    const rules = new PacketRules(host);
    await rules.#firewall.adopt([], []);
    const content = { network: NETWORK, members: [], pairs: [], opened: [], mostConnections: null };
    await host.nft.apply(THEIRS.flatMap((table) => replaceTable(table, content)));
    return rules;
  }

  async admit(guest: Pick<Member, "tap" | "mac" | "address">): Promise<void> {
    await this.#firewall.admit(memberOf(guest));
  }

  /** Whoever let it in. */
  async dismiss(guest: Pick<Member, "tap" | "mac" | "address">): Promise<void> {
    if (this.#firewall.members.some(({ tap }) => tap === guest.tap)) return this.#firewall.dismiss(guest.tap);
    const gone = memberOf(guest);
    await this.#host.nft
      .apply(THEIRS.flatMap((table) => changeCommands(table, { gone })))
      .catch((error: unknown) => {
        if (errorCode(error) !== "ERR_HOST_NOT_FOUND") throw error;
      });
  }

  /** The guest's elements, as many as there are in the tables of whoever let it in. */
  async elementsOf({ address }: Pick<Member, "address">): Promise<unknown[]> {
    const all = await Promise.all(
      [GUARD, MAIN, ...THEIRS].map((table) => this.#host.nft.elements(layoutOf(table).guests)),
    );
    return all.flat().filter(({ key }) => key.includes(address));
  }

  /** How many guests are let in by the daemon's tables; an error where the two differ. */
  async count(): Promise<number> {
    const [guard, main] = await Promise.all(
      [GUARD, MAIN].map(async (table) => (await this.#host.nft.elements(layoutOf(table).guests)).length),
    );
    if (guard !== main || main === undefined)
      throw new Error(`${guard} guests in the guard, ${main} in the table`);
    return main;
  }

  async close(): Promise<void> {
    await this.#firewall.close();
    await this.#host.nft.apply(THEIRS.map((table) => ({ op: "delete-table", table }) as const));
  }
}

function memberOf({ tap, mac, address }: Pick<Member, "tap" | "mac" | "address">): Member {
  return { tap, mac, address, access: "public", peers: [] };
}
