import type { Capability, CapabilityVm, EndedVm } from "../domain/capability.ts";
import type { NameRecords } from "../domain/dns.ts";
import type { UndoScope } from "../shared/undo.ts";

/** A VM's name in DNS, for as long as it runs (NET-4). */
export class Dns implements Capability {
  readonly name = "DNS";
  readonly #records: NameRecords;

  constructor(records: NameRecords) {
    this.#records = records;
  }

  async afterStart(at: CapabilityVm, scope: UndoScope): Promise<void> {
    scope.defer("DNS record", () => this.#records.remove(at.vm.id));
    await this.adopt(at);
  }

  async adopt({ vm }: CapabilityVm): Promise<void> {
    this.#records.set(vm.id, vm);
  }

  async afterStop({ vmId }: EndedVm): Promise<void> {
    this.#records.remove(vmId);
  }

  async delete({ vm }: CapabilityVm): Promise<void> {
    this.#records.remove(vm.id);
  }
}
