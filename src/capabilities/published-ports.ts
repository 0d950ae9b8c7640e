import type { Capability, CapabilityVm, EndedVm } from "../domain/capability.ts";
import type { Forwarder, ForwardTarget } from "../domain/forwarder.ts";
import type { Problem } from "../domain/ports.ts";
import type { PublishedPort } from "../domain/published-port.ts";
import type { VmSpec } from "../domain/vm.ts";
import type { UndoScope } from "../shared/undo.ts";

export interface PublishedPortsOptions {
  readonly forwarder: Forwarder;
  /** Keeps the numbers that were chosen for ports left open, so that they are the same at the next start. */
  readonly record: (vmId: string, ports: readonly PublishedPort[]) => void;
}

/** Ports of the host that lead to the guest (NET-6): open from before the VMM starts, so that a taken one stops the start, until it has ended. */
export class PublishedPorts implements Capability {
  readonly name = "published ports";
  readonly #forwarder: Forwarder;
  readonly #record: PublishedPortsOptions["record"];

  constructor({ forwarder, record }: PublishedPortsOptions) {
    this.#forwarder = forwarder;
    this.#record = record;
  }

  async preflight(_at: CapabilityVm | null, spec: VmSpec | null): Promise<Problem[]> {
    return this.#forwarder.problems((spec?.publish ?? []).filter(({ hostPort }) => hostPort !== 0));
  }

  /** ERR_PORT_TAKEN, ERR_PORT_DENIED, ERR_PORT_ADDRESS. */
  async beforeStart(at: CapabilityVm, scope: UndoScope): Promise<void> {
    const { publish } = at.vm.spec;
    if (publish.length === 0) return;
    scope.defer("published ports", () => this.#forwarder.close(at.vm.id));
    const opened = await this.#forwarder.open(targetOf(at), publish);
    if (publish.some(({ hostPort }) => hostPort === 0)) this.#record(at.vm.id, opened);
  }

  async adopt(at: CapabilityVm): Promise<void> {
    await this.#forwarder.reopen(targetOf(at), at.vm.spec.publish);
  }

  async afterStop({ vmId }: EndedVm): Promise<void> {
    await this.#forwarder.close(vmId);
  }

  /** Live; of a VM that is stopped, what is wanted is looked at when it starts. ERR_PORT_TAKEN, ERR_PORT_DENIED, ERR_PORT_ADDRESS. */
  async reconfigure(at: CapabilityVm, next: VmSpec, running: boolean, scope: UndoScope): Promise<VmSpec> {
    const before = at.vm.spec.publish;
    if (!running || next.publish === before) return next;
    const publish = await this.#forwarder.open(targetOf(at), next.publish);
    scope.defer("published ports", () => this.#forwarder.open(targetOf(at), before));
    return { ...next, publish };
  }
}

function targetOf({ vm }: CapabilityVm): ForwardTarget {
  return { vmId: vm.id, name: vm.name, address: vm.address };
}
