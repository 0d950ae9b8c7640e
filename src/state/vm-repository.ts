import type { Database } from "better-sqlite3";
import type { Place } from "../domain/place.ts";
import type { VmReservation, VmStore } from "../domain/stores.ts";
import type { VmRecord, VmSpec } from "../domain/vm.ts";
import { checkName } from "../shared/dns-label.ts";
import { BangerError } from "../shared/errors.ts";
import { ipv4ToNumber } from "../shared/ipv4.ts";
import { madeUpNames } from "./names.ts";
import { Places, type PlacesOptions } from "./places.ts";
import { fromRow, toRow, VM_COLUMNS, type VmRow } from "./vm-row.ts";
import { writing } from "./write-errors.ts";

export interface VmRepositoryOptions extends PlacesOptions {
  readonly random: () => number;
}

/** Durable records of VMs, in SQLite. */
export class VmRepository implements VmStore {
  readonly #db: Database;
  readonly #places: Places;
  readonly #random: () => number;

  constructor(db: Database, options: VmRepositoryOptions) {
    this.#db = db;
    this.#places = new Places(db, options);
    this.#random = options.random;
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
        ...(places.find((place) => this.isFree(place)) ?? this.#places.smallest()),
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
    return this.#places.next(count);
  }

  isFree(place: Place): boolean {
    return this.#places.isFree(place);
  }

  isOfNetwork(address: string): boolean {
    return this.#places.holds(address);
  }

  readdress(id: string): VmRecord | null {
    const change = this.#db.transaction((): void => {
      const address = ipv4ToNumber(this.#places.freeAddress());
      this.#db.prepare("UPDATE vms SET address = ? WHERE id = ?").run(address, id);
    });
    const vm = this.get(id);
    if (vm === null || this.isOfNetwork(vm.address)) return vm;
    writing(this.#db.name, () => change.immediate());
    return this.get(id);
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
    for (const name of madeUpNames(this.#random)) if (isFree(name)) return name;
    throw new Error("unreachable: made-up names do not end");
  }

  #requireImage({ imageId, imageName }: VmRecord): void {
    if (this.#db.prepare<[string]>("SELECT 1 FROM images WHERE id = ?").get(imageId) !== undefined) return;
    throw new BangerError("ERR_IMAGE_NOT_FOUND", `image ${imageName} was deleted meanwhile`, {
      next: "try again; it will be pulled",
    });
  }
}
