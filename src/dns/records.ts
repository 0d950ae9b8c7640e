import type { NameRecords } from "../domain/dns.ts";

interface Entry {
  readonly name: string;
  readonly address: string;
}

/** Names and addresses of the VMs that run, both ways. In memory: they follow the VMs' lives, and a new daemon makes them anew. */
export class Records implements NameRecords {
  readonly #byVm = new Map<string, Entry>();
  readonly #addresses = new Map<string, string>();
  readonly #names = new Map<string, string>();

  set(vmId: string, { name, address }: Entry): void {
    this.remove(vmId);
    const entry = { name: name.toLowerCase(), address };
    this.#byVm.set(vmId, entry);
    this.#addresses.set(entry.name, address);
    this.#names.set(address, entry.name);
  }

  remove(vmId: string): void {
    const entry = this.#byVm.get(vmId);
    if (entry === undefined) return;
    this.#byVm.delete(vmId);
    // A VM of the same name or address may have come meanwhile: its record is not this one's to take.
    if (this.#addresses.get(entry.name) === entry.address) this.#addresses.delete(entry.name);
    if (this.#names.get(entry.address) === entry.name) this.#names.delete(entry.address);
  }

  /** IPv4, of a name in lower case. */
  addressOf(name: string): string | null {
    return this.#addresses.get(name) ?? null;
  }

  nameOf(address: string): string | null {
    return this.#names.get(address) ?? null;
  }

  get size(): number {
    return this.#byVm.size;
  }
}
