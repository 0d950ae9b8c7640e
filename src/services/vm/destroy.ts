import type { VmRecord } from "../../domain/vm.ts";
import type { VmDeps } from "./deps.ts";
import { vmmOf } from "./drivers.ts";
import { removeVm } from "./host-objects.ts";
import type { Machine } from "./machines.ts";

/** Kills a VMM because somebody wants its end, and waits until everything of it on the host was released. */
export async function endMachine(deps: VmDeps, machine: Machine): Promise<void> {
  deps.machines.willEnd(machine);
  await killMachine(deps, machine);
}

/** The same for one whose guest is at its end. */
export async function killMachine(deps: VmDeps, machine: Machine): Promise<void> {
  if (machine.handles.process !== null) await vmmOf(deps, machine.handles.vmm).kill(machine.handles.process);
  await machine.gone;
}

/**
 * Ends and removes a VM whole: VMM, host objects, directory, record (VM-7). Never started, half made or gone already is fine. The kill
 * comes before the lock, so that a stop which is waiting for the guest does not hold it up.
 */
export async function destroyVm(deps: VmDeps, vm: VmRecord): Promise<void> {
  const running = deps.machines.get(vm.id);
  if (running !== null) await endMachine(deps, running);
  await deps.locks.run(vm.id, () =>
    deps.machines.during(vm.id, "deleting", async () => {
      const machine = deps.machines.get(vm.id);
      if (machine !== null) await endMachine(deps, machine);
      await removeVm(deps, vm);
    }),
  );
}
