import type { Database } from "better-sqlite3";
import type { Place } from "../domain/place.ts";
import { BangerError } from "../shared/errors.ts";
import { ipv4ToNumber, numberToIpv4, parseNetwork } from "../shared/ipv4.ts";

export interface PlacesOptions {
  readonly networkCidr: string;
  readonly slots: number;
}

/** Slots and addresses that no VM has. */
export class Places {
  readonly #db: Database;
  readonly #options: PlacesOptions;

  constructor(db: Database, options: PlacesOptions) {
    this.#db = db;
    this.#options = options;
  }

  next(count: number): Place[] {
    const [slots, addresses] = [this.#firstFree("slot", count), this.#firstFree("address", count)];
    return slots.flatMap((slot, index) => {
      const address = addresses[index];
      return address === undefined ? [] : [{ slot, address: numberToIpv4(address) }];
    });
  }

  isFree({ slot, address }: Place): boolean {
    const taken = this.#db.prepare<[number, number]>("SELECT 1 FROM vms WHERE slot = ? OR address = ?");
    return taken.get(slot, ipv4ToNumber(address)) === undefined;
  }

  /** Whether it is an address that a VM can have. */
  holds(address: string): boolean {
    const [first, last] = this.#range("address");
    const number = ipv4ToNumber(address);
    return number >= first && number <= last;
  }

  /** ERR_NO_SLOT, ERR_NETWORK_FULL. */
  smallest(): Place {
    const { slots } = this.#options;
    const [slot] = this.#firstFree("slot", 1);
    if (slot === undefined)
      throw new BangerError("ERR_NO_SLOT", `all ${slots} user ids for VMs are in use`, {
        next: "delete VMs, or widen `vmm_uid_range` in config.toml",
      });
    return { slot, address: this.freeAddress() };
  }

  /** ERR_NETWORK_FULL. */
  freeAddress(): string {
    const [address] = this.#firstFree("address", 1);
    if (address !== undefined) return numberToIpv4(address);
    throw new BangerError("ERR_NETWORK_FULL", `all addresses of ${this.#options.networkCidr} are in use`, {
      next: "delete VMs, or set a wider `network_cidr` in config.toml",
    });
  }

  /** The smallest that are free, ascending. */
  #firstFree(column: "slot" | "address", count: number): number[] {
    let [first, last] = this.#range(column);
    const found: number[] = [];
    while (found.length < count) {
      const free = this.#smallestFree(column, first, last);
      if (free === null) break;
      found.push(free);
      first = free + 1;
    }
    return found;
  }

  /** First and last. Network, gateway (the first host) and broadcast address are left out (NET-1). */
  #range(column: "slot" | "address"): [number, number] {
    if (column === "slot") return [1, this.#options.slots];
    const { base, prefix } = parseNetwork(this.#options.networkCidr);
    return [base + 2, base + 2 ** (32 - prefix) - 2];
  }

  #smallestFree(column: "slot" | "address", first: number, last: number): number | null {
    const query = this.#db.prepare<[number, number, number], { free: number | null }>(
      `SELECT MIN(candidate) AS free
       FROM (SELECT ? AS candidate UNION ALL SELECT ${column} + 1 FROM vms WHERE ${column} >= ?)
       WHERE candidate <= ? AND candidate NOT IN (SELECT ${column} FROM vms)`,
    );
    return query.get(first, first, last)?.free ?? null;
  }
}
