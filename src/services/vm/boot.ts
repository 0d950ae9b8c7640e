import type { GuestAgent } from "../../domain/ports.ts";
import { macOfSlot, type VmHandles, type VmPaths, type VmRecord } from "../../domain/vm.ts";
import { BangerError } from "../../shared/errors.ts";
import { withUndo } from "../../shared/undo.ts";
import type { OperationContext } from "../operations.ts";
import type { VmDeps } from "./deps.ts";
import { capabilityVm, driverOf, rootDiskOf, vmmOf } from "./drivers.ts";
import { intent, releaseHostObjects } from "./host-objects.ts";
import type { Machine } from "./machines.ts";

export interface GuestWait {
  readonly timeoutMs: number;
  readonly for: "agent" | "system";
}

/** How often the agent is asked whether the guest's init is up, in milliseconds. */
const INIT_POLL_MS = 50;

/**
 * Makes a VM's host objects and spawns its VMM; everything is undone if a step fails. The caller holds the VM's lock. `beforeVmm` is
 * what must be there by then and can be made meanwhile: the disks of a new VM.
 */
export async function boot(
  deps: VmDeps,
  vm: VmRecord,
  context: OperationContext,
  beforeVmm: () => Promise<void>,
): Promise<Machine> {
  const paths = deps.paths(vm.id);
  const handles = await intent(deps, vm);
  const at = capabilityVm(deps, vm);
  await deps.network.claim(vm.slot);
  return withUndo(async (scope) => {
    scope.defer("host objects", () => releaseHostObjects(deps, vm.id, handles, paths));
    await deps.handles.write(paths, handles);
    const initramfs = deps.library.initramfs(vm.kernelName);
    const made = await settleAll([
      beforeVmm().then(() =>
        settleAll([attachRootDisk(deps, vm, paths, handles), deps.capabilities.beforeStart(at, scope)]),
      ),
      context.stage("network", () =>
        deps.network.connect({ slot: vm.slot, address: vm.address, uid: handles.uid }),
      ),
      writeGuestConfig(deps, vm, paths, handles),
      makeRuntime(deps, vm, paths, handles),
      initramfs,
    ]);
    context.signal.throwIfAborted();
    const [[disks], , , cgroup] = made;
    const vmm = vmmOf(deps, handles.vmm);
    const process = await context.stage("vmm", async () =>
      vmm.start({
        vmId: vm.id,
        name: vm.name,
        vcpu: vm.spec.vcpu,
        memoryMib: vm.spec.memoryMib,
        kernel: deps.library.kernelFile(vm.kernelName),
        initramfs: await initramfs,
        disks: {
          ...disks,
          work: { path: paths.workDisk, kind: "file", readOnly: false },
          config: { path: paths.configDisk, kind: "file", readOnly: true },
        },
        tap: handles.tap,
        mac: macOfSlot(vm.slot),
        uid: handles.uid,
        gid: handles.uid,
        cgroup,
        accelerator: handles.accelerator,
        consoleLog: paths.consoleLog,
        vmmLog: paths.vmmLog,
        runtime: paths.runtime,
      }),
    );
    const live: VmHandles = { ...handles, process, startedAt: deps.now().toISOString() };
    scope.defer("vmm", () => vmm.kill(process));
    await deps.handles.write(paths, live);
    await deps.capabilities.afterStart(at, scope);
    deps.store.setDesired(vm.id, "running");
    return deps.machines.adopt(vm, live, paths);
  });
}

function attachRootDisk(deps: VmDeps, vm: VmRecord, paths: VmPaths, handles: VmHandles) {
  return driverOf(deps, vm.spec.storage).attach(rootDiskOf(deps, handles, paths));
}

async function makeRuntime(
  deps: VmDeps,
  vm: VmRecord,
  paths: VmPaths,
  handles: VmHandles,
): Promise<string | null> {
  await deps.host.file.ensureDirectory(paths.runtime, { uid: handles.uid, gid: handles.uid, mode: 0o700 });
  if (handles.cgroup === null) return null;
  const overheadBytes = 512n * 2n ** 20n;
  return deps.host.cgroup.create(handles.cgroup, {
    memoryMaxBytes: BigInt(vm.spec.memoryMib) * 2n ** 20n + overheadBytes,
    pidsMax: 256,
    cpuMaxPercent: (vm.spec.vcpu + 1) * 100,
  });
}

async function writeGuestConfig(
  deps: VmDeps,
  vm: VmRecord,
  paths: VmPaths,
  handles: VmHandles,
): Promise<void> {
  const { gateway } = deps.network;
  await deps.guestConfig.write({ vm, paths, handles, gateway, mac: macOfSlot(vm.slot), resolver: gateway });
}

/** Promise.all that leaves no step running behind: it waits for all before it rejects with the first error. */
async function settleAll<T extends readonly unknown[]>(
  steps: [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(steps);
  return Promise.all(steps) as unknown as Promise<T>;
}

/**
 * Waits until the guest's agent answers (and, if asked, its init is up). ERR_GUEST_TIMEOUT and ERR_GUEST_DIED name the VM, the likely
 * cause and the log to read (RUN-5); the VM is kept.
 */
export async function waitForGuest(
  deps: VmDeps,
  machine: Machine,
  wait: GuestWait,
  context: OperationContext,
): Promise<GuestAgent> {
  const { vm } = machine;
  const deadline = AbortSignal.timeout(wait.timeoutMs);
  const gaveUp = Promise.withResolvers<never>();
  const onDeadline = () => gaveUp.reject(timeoutError(vm, wait));
  const onCancel = () => gaveUp.reject(context.signal.reason);
  deadline.addEventListener("abort", onDeadline);
  context.signal.addEventListener("abort", onCancel);
  if (context.signal.aborted) onCancel();
  void machine.gone.then(
    () => gaveUp.reject(diedError(vm)),
    () => undefined,
  );
  let over = false;
  const answered = context.stage("guest", () =>
    Promise.race([greet(deps, vm, wait, () => over), gaveUp.promise]),
  );
  try {
    return await answered;
  } finally {
    over = true;
    deadline.removeEventListener("abort", onDeadline);
    context.signal.removeEventListener("abort", onCancel);
  }
}

async function greet(
  deps: VmDeps,
  vm: VmRecord,
  wait: GuestWait,
  isOver: () => boolean,
): Promise<GuestAgent> {
  const agent = await deps.machines.agent(vm.id);
  let health = await agent.health();
  // The guest's clock was set from the config disk; this corrects what passed since, and nobody waits for it.
  agent
    .setClock()
    .catch((error) => deps.logger.warn({ vm: vm.id, err: error }, "the guest's clock could not be set"));
  while (wait.for === "system" && health.init === "starting" && !isOver()) {
    await new Promise((resolve) => setTimeout(resolve, INIT_POLL_MS));
    health = await agent.health();
  }
  return agent;
}

function timeoutError(vm: VmRecord, wait: GuestWait): BangerError {
  const what = wait.for === "agent" ? "its agent did not answer" : "its init did not come up";
  return new BangerError(
    "ERR_GUEST_TIMEOUT",
    `${vm.name} was started, but ${what} within ${wait.timeoutMs / 1000} s; the kernel or the image's init may hang; the VM is still there`,
    {
      next: `read its console: \`banger vm logs ${vm.name}\`; raise \`boot_timeout\` on a slow host`,
      details: { id: vm.id, name: vm.name },
    },
  );
}

function diedError(vm: VmRecord): BangerError {
  return new BangerError(
    "ERR_GUEST_DIED",
    `${vm.name} ended before its agent answered: the guest panicked, powered off or lacked memory; the VM is still there, stopped`,
    { next: `read its console: \`banger vm logs ${vm.name}\``, details: { id: vm.id, name: vm.name } },
  );
}
