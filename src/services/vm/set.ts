import type { VmRecord, VmSpec } from "../../domain/vm.ts";
import type { VmSetParams } from "../../rpc/contract.ts";
import { BangerError } from "../../shared/errors.ts";
import { withUndo } from "../../shared/undo.ts";
import type { OperationContext } from "../operations.ts";
import { gone } from "./actions.ts";
import type { VmDeps } from "./deps.ts";
import { capabilityVm, vmmOf } from "./drivers.ts";
import { peersAfter } from "./peers.ts";
import { changedPorts, checkReachable, publishedPorts } from "./publish.ts";
import { checkSizes } from "./spec.ts";

/** Peers by their ids. */
export type Changes = Omit<VmSetParams, "refs">;

/** What is wrong with the changes whatever VM they are for. ERR_NOTHING_TO_SET, ERR_BAD_PUBLISH, and what {@link checkSizes} throws. */
export function checkChanges(deps: Pick<VmDeps, "settings">, changes: Changes): void {
  if (Object.values(changes).every((value) => value === undefined)) {
    throw new BangerError("ERR_NOTHING_TO_SET", "nothing to set was given", {
      next: "give --vcpu, --memory, --disk-size, --net, --peer, --publish or --unpublish",
    });
  }
  checkSizes(changes, deps.settings);
  publishedPorts(changes.publish);
}

/** A VM keeps the VMM that it was made with: what that cannot give is refused now, not at the next start. ERR_TOO_MANY_VCPUS. */
function checkVmm(deps: VmDeps, spec: VmSpec): void {
  const [refusal] = vmmOf(deps, spec.vmm).refusals(spec);
  if (refusal !== undefined) throw new BangerError(refusal.code, refusal.message, { next: refusal.next });
}

/**
 * Changes what a VM is (VM-9), whole or not at all. The work disk grows now, or is refused (ERR_VM_RUNNING, ERR_DISK_SHRINK); vcpu and
 * memory of a VM that runs are what its next start takes, which is said and returned; what it may reach changes at once.
 */
export function setVm(
  deps: VmDeps,
  vm: VmRecord,
  changes: Changes,
  context: Pick<OperationContext, "note" | "signal">,
): Promise<"now" | "next-start"> {
  const set = async () => {
    // What held the lock before may have deleted or changed it.
    const current = deps.store.get(vm.id);
    if (current === null) throw gone(vm);
    const next: VmSpec = {
      ...current.spec,
      vcpu: changes.vcpu ?? current.spec.vcpu,
      memoryMib: changes.memoryMib ?? current.spec.memoryMib,
      diskSizeBytes: changes.diskSizeBytes ?? current.spec.diskSizeBytes,
      net: changes.net ?? current.spec.net,
      peers: peersAfter(current, changes),
      publish: changedPorts(vm, current.spec.publish, changes),
    };
    if (changes.vcpu !== undefined) checkVmm(deps, next);
    checkReachable(next);
    const machine = deps.machines.get(vm.id);
    await withUndo(async (scope) => {
      const at = capabilityVm(deps, current);
      deps.store.setSpec(vm.id, await deps.capabilities.reconfigure(at, next, machine !== null, scope));
    });
    if (machine === null) return "now";
    const { vcpu, memoryMib } = machine.handles;
    if (vcpu === next.vcpu && memoryMib === next.memoryMib) return "now";
    context.note(`${vm.name} runs: vcpu and memory apply at its next start`);
    return "next-start" as const;
  };
  return deps.locks.run(vm.id, set, context.signal);
}
