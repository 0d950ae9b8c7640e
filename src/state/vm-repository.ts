import type { Database } from "better-sqlite3";
import type { Place } from "../domain/place.ts";
import type { VmReservation, VmStore } from "../domain/stores.ts";
import type { VmRecord, VmSpec } from "../domain/vm.ts";
import { checkName } from "../shared/dns-label.ts";
import { BangerError } from "../shared/errors.ts";
import { ipv4ToNumber, numberToIpv4, parseNetwork } from "../shared/ipv4.ts";
import { madeUpNames } from "./names.ts";
import { fromRow, toRow, VM_COLUMNS, type VmRow } from "./vm-row.ts";
import { writing } from "./write-errors.ts";

export interface VmRepositoryOptions {
  readonly networkCidr: string;
  readonly slots: number;
  readonly random: () => number;
}

/** Durable records of VMs, in SQLite. */
export class VmRepository implements VmStore {
  readonly #db: Database;
  readonly #options: VmRepositoryOptions;

  constructor(db: Database, options: VmRepositoryOptions) {
    this.#db = db;
    this.#options = options;
  }

  /**
   * Allocates name, slot and address and inserts the record, in one immediate transaction (VM-4 phase two). Throws ERR_BAD_NAME,
   * ERR_NAME_TAKEN, ERR_NETWORK_FULL, ERR_NO_SLOT, ERR_IMAGE_NOT_FOUND, ERR_NO_SPACE.
   */
  reserve({ places = [], ...reservation }: VmReservation): VmRecord {
    if (reservation.name !== undefined) checkName(reservation.name);
    const insert = this.#db.transaction((): VmRecord => {
      const record: VmRecord = {
        ...reservation,
        name: this.#freeName(reservation.name),
        ...(places.find((place) => this.isFree(place)) ?? this.#smallestPlace()),
        desired: "stopped",
      };
      this.#requireImage(record);
      const row = toRow(record);
      const columns = Object.keys(row);
      this.#db
        .prepare(
          `INSERT INTO vms (${columns.join(", ")}) VALUES (${columns.map((name) => `@${name}`).join(", ")})`,
        )
        .run(row);
      return record;
    });
    return writing(this.#db.name, () => insert.immediate());
  }

  nextPlaces(count: number): Place[] {
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

  get(id: string): VmRecord | null {
    const row = this.#select("WHERE id = ?").get(id);
    return row === undefined ? null : fromRow(row);
  }

  /** Newest last. */
  list(): VmRecord[] {
    return this.#select("ORDER BY number").all().map(fromRow);
  }

  setDesired(id: string, desired: VmRecord["desired"]): void {
    writing(this.#db.name, () =>
      this.#db.prepare("UPDATE vms SET desired = ? WHERE id = ?").run(desired, id),
    );
  }

  /** VMM and storage are a VM's for life (VM-6). */
  setSpec(id: string, spec: VmSpec): void {
    const { vcpu, memoryMib, diskSizeBytes, overlaySizeBytes, net } = spec;
    const [peers, publish] = [JSON.stringify(spec.peers), JSON.stringify(spec.publish)];
    writing(this.#db.name, () =>
      this.#db
        .prepare(
          "UPDATE vms SET vcpu = ?, memory_mib = ?, disk_size_bytes = ?, overlay_size_bytes = ?, net = ?, peers = ?, publish = ? WHERE id = ?",
        )
        .run(vcpu, memoryMib, diskSizeBytes, overlaySizeBytes, net, peers, publish, id),
    );
  }

  lastUsed(id: string): string | null {
    const query = this.#db.prepare<[string], { at: string | null }>(
      "SELECT last_used_at AS at FROM vms WHERE id = ?",
    );
    return query.get(id)?.at ?? null;
  }

  setLastUsed(id: string, at: string): void {
    writing(this.#db.name, () =>
      this.#db.prepare("UPDATE vms SET last_used_at = ? WHERE id = ?").run(at, id),
    );
  }

  setAutoRemove(id: string, autoRemove: boolean): void {
    writing(this.#db.name, () =>
      this.#db.prepare("UPDATE vms SET auto_remove = ? WHERE id = ?").run(autoRemove ? 1 : 0, id),
    );
  }

  /** Frees name, slot and address. Not there is a success. */
  delete(id: string): void {
    writing(this.#db.name, () => this.#db.prepare("DELETE FROM vms WHERE id = ?").run(id));
  }

  #select(rest: string) {
    return this.#db.prepare<string[], VmRow>(`SELECT ${VM_COLUMNS} FROM vms ${rest}`);
  }

  #freeName(wanted: string | undefined): string {
    const taken = this.#db.prepare<[string]>("SELECT 1 FROM vms WHERE name = ?");
    const isFree = (name: string) => taken.get(name) === undefined;
    if (wanted !== undefined) {
      if (isFree(wanted)) return wanted;
      throw new BangerError("ERR_NAME_TAKEN", `there is a VM named ${wanted} already`, {
        next: `choose another name, or delete that one: \`banger vm delete ${wanted}\``,
      });
    }
    for (const name of madeUpNames(this.#options.random)) if (isFree(name)) return name;
    throw new Error("unreachable: made-up names do not end");
  }

  /** ERR_NO_SLOT, ERR_NETWORK_FULL. */
  #smallestPlace(): Place {
    const { slots, networkCidr } = this.#options;
    const [slot] = this.#firstFree("slot", 1);
    if (slot === undefined)
      throw new BangerError("ERR_NO_SLOT", `all ${slots} user ids for VMs are in use`, {
        next: "delete VMs, or widen `vmm_uid_range` in config.toml",
      });
    const [address] = this.#firstFree("address", 1);
    if (address === undefined)
      throw new BangerError("ERR_NETWORK_FULL", `all addresses of ${networkCidr} are in use`, {
        next: "delete VMs, or set a wider `network_cidr` in config.toml",
      });
    return { slot, address: numberToIpv4(address) };
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

  #requireImage({ imageId, imageName }: VmRecord): void {
    if (this.#db.prepare<[string]>("SELECT 1 FROM images WHERE id = ?").get(imageId) !== undefined) return;
    throw new BangerError("ERR_IMAGE_NOT_FOUND", `image ${imageName} was deleted meanwhile`, {
      next: "try again; it will be pulled",
    });
  }
}
