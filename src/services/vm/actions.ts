import { handlesOfRecord, type VmRecord } from "../../domain/vm.ts";
import { BangerError } from "../../shared/errors.ts";
import type { OperationContext } from "../operations.ts";
import { boot } from "./boot.ts";
import type { VmDeps } from "./deps.ts";
import { destroyVm, endMachine } from "./destroy.ts";
import { vmmOf } from "./drivers.ts";
import { waitForGuest } from "./guest-wait.ts";
import { recordDesired, releaseHostObjects } from "./host-objects.ts";
import type { Machine } from "./machines.ts";
import { preflight } from "./preflight.ts";
import { reachBooted } from "./reach-booted.ts";

/** Its disks are there. */
const NO_SPACE_NEEDED = { neededBytes: 0, promisedBytes: 0 };
/** How long the agent has to take a request to shut down, before the power button is pressed instead, in milliseconds. */
const ASK_MS = 2_000;

/** Boots a stopped VM and waits for its agent. Running already is a success (as Docker's start). A cancel ends what this one booted. */
export async function startVm(deps: VmDeps, vm: VmRecord, context: OperationContext): Promise<void> {
  let booted: Machine | null = null;
  const start = async () => {
    const started = await startMachine(deps, vm, context);
    if (started.isBooted) booted = started.machine;
    return started;
  };
  const { machine, isBooted } = await start();
  const wait = { timeoutMs: deps.settings.bootTimeoutMs, for: "agent" } as const;
  try {
    if (isBooted) await reachBooted(deps, machine, wait, context, async () => (await start()).machine);
    else await waitForGuest(deps, machine, { ...wait, isBooted }, context);
  } catch (error) {
    if (context.signal.aborted && booted !== null) await endMachine(deps, booted);
    throw error;
  }
}

/** The machine of a VM: that which runs, or one that is booted now. */
export function startMachine(
  deps: VmDeps,
  vm: VmRecord,
  context: OperationContext,
): Promise<{ machine: Machine; isBooted: boolean }> {
  const start = async () => {
    const running = await runningMachine(deps, vm.id);
    if (running !== null) return { machine: running, isBooted: false };
    // Who held the lock before may have deleted or changed it, or undone its creation.
    const current = deps.store.readdress(vm.id);
    if (current === null) throw gone(vm);
    if (current.address !== vm.address) context.note(`its address is ${current.address} from now on`);
    const machine = await deps.machines.during(vm.id, "starting", () => bootStopped(deps, current, context));
    return { machine, isBooted: true };
  };
  return deps.locks.run(vm.id, start, context.signal);
}

/** Null also for one whose VMM has ended just now: once what it had on the host is released. */
async function runningMachine(deps: VmDeps, id: string): Promise<Machine | null> {
  const machine = deps.machines.get(id);
  const process = machine?.handles.process ?? null;
  if (machine === null || process === null || (await deps.host.process.isAlive(process))) return machine;
  await machine.gone;
  return null;
}

async function bootStopped(deps: VmDeps, vm: VmRecord, context: OperationContext): Promise<Machine> {
  await preflight(deps, vmmOf(deps, vm.spec.vmm), vm.spec, NO_SPACE_NEEDED, vm);
  const paths = deps.paths(vm.id);
  const left = await deps.handles.read(paths, handlesOfRecord(vm));
  if (left !== null) await releaseHostObjects(deps, vm.id, left, paths);
  return boot(deps, vm, context);
}

/**
 * Asks the guest to shut down, waits, then kills (VM-7). Stopped already is a success. `isWanted` is asked under the VM's lock: whoever
 * held it before may have begun to use the VM. A cancel ends the wait; a guest that has been asked may shut down all the same.
 */
export async function stopVm(
  deps: VmDeps,
  vm: VmRecord,
  timeoutMs: number,
  context: OperationContext,
  isWanted = () => true,
): Promise<void> {
  const stop = async () => {
    if (!isWanted()) return;
    const machine = deps.machines.get(vm.id);
    if (machine === null) return recordDesired(deps, vm.id, "stopped");
    await deps.machines.during(vm.id, "stopping", () =>
      context.stage("shutdown", async (progress) => {
        deps.machines.willEnd(machine);
        // Not waited for: on a host that stands still being asked may take the guest as long as its end.
        if (timeoutMs > 0) void ask(deps, machine);
        if (await endsWithin(machine, timeoutMs, context.signal)) return;
        progress({ detail: `no end after ${timeoutMs / 1000} s, killing it` });
        await endMachine(deps, machine);
      }),
    );
  };
  await deps.locks.run(vm.id, stop, context.signal);
}

/**
 * SIGKILL for the VMM. Not running is ERR_VM_NOT_RUNNING, as with Docker's kill. It takes no lock: it must work while a stop is waiting
 * for a guest that does not end.
 */
export async function killVm(deps: VmDeps, vm: VmRecord): Promise<void> {
  const machine = deps.machines.get(vm.id);
  if (machine === null) throw notRunning(deps, vm);
  await endMachine(deps, machine);
}

/** Deletes a VM; one that runs only with `force`. */
export async function deleteVm(deps: VmDeps, vm: VmRecord, force: boolean): Promise<void> {
  const state = deps.machines.state(vm.id);
  if (state !== "stopped" && !force) {
    throw new BangerError("ERR_VM_RUNNING", `${vm.name} is ${state}`, {
      next: `\`banger vm stop ${vm.name}\` first, or delete it with \`banger vm rm --force ${vm.name}\``,
    });
  }
  await destroyVm(deps, vm);
}

export function gone(vm: VmRecord): BangerError {
  return new BangerError("ERR_VM_NOT_FOUND", `${vm.name} was deleted meanwhile`, {
    next: "`banger vm list --all`",
  });
}

/** Also of one that is being made, started or deleted just now. */
export function notRunning({ machines }: Pick<VmDeps, "machines">, { id, name }: VmRecord): BangerError {
  const state = machines.state(id);
  return state === "stopped"
    ? new BangerError("ERR_VM_NOT_RUNNING", `${name} is not running`, { next: `\`banger vm start ${name}\`` })
    : new BangerError("ERR_VM_NOT_RUNNING", `${name} is ${state}`, {
        next: "`banger operation list` shows what is under way, and `banger operation cancel` ends it",
      });
}

/** Never rejects. */
async function ask(deps: VmDeps, machine: Machine): Promise<void> {
  const signal = AbortSignal.timeout(ASK_MS);
  const late = new Promise<never>((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason)),
  );
  try {
    await Promise.race([deps.machines.agent(machine.vm.id).then((agent) => agent.shutdown(signal)), late]);
  } catch (error) {
    deps.logger.info(
      { vm: machine.vm.id, err: error },
      "the agent took no request to shut down; pressing the power button",
    );
    await vmmOf(deps, machine.handles.vmm)
      .powerButton({ runtime: machine.paths.runtime })
      .catch(() => undefined);
  }
}

/** The VMM ends itself, or the time is over. Rejects with the signal's reason. */
async function endsWithin(machine: Machine, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const over = Promise.withResolvers<boolean>();
  const timeout = setTimeout(() => over.resolve(false), timeoutMs);
  const onAbort = () => over.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([machine.gone.then(() => true), over.promise]);
  } finally {
    clearTimeout(timeout);
    signal.removeEventListener("abort", onAbort);
  }
}
