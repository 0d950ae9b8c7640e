import { type Accelerator, macOfSlot, type VmHandles, type VmPaths, type VmRecord } from "../../domain/vm.ts";
import { settleAll } from "../../shared/settle-all.ts";
import { withUndo } from "../../shared/undo.ts";
import type { OperationContext } from "../operations.ts";
import type { VmDeps } from "./deps.ts";
import { capabilityVm, driverOf, rootDiskOf, vmmOf } from "./drivers.ts";
import { intent, releaseHostObjects } from "./host-objects.ts";
import type { Machine } from "./machines.ts";

/** What a VMM takes beside its guest's memory. */
const OVERHEAD_BYTES = 512n * 2n ** 20n;
/** What QEMU keeps of translated code grows to so much before it is thrown away. */
const TRANSLATED_BYTES = 2n ** 30n;

/** The disks of a VM that is only being made: its root disk's file, and all of them. */
export interface NewDisks {
  readonly root: Promise<void>;
  readonly all: Promise<void>;
  /** All are made, and the host's disk says so: a crash leaves no half of a VM from here on. */
  readonly recorded: Promise<void>;
}

const MADE_BEFORE: NewDisks = {
  root: Promise.resolve(),
  all: Promise.resolve(),
  recorded: Promise.resolve(),
};

/** What only a VM has that is new. */
export interface NewVm {
  /** Called once; they are made beside the rest. */
  readonly makeDisks: () => NewDisks;
  /** As it was found when the VMM was picked, before the image was pulled. */
  readonly accelerator: Accelerator;
}

/** Makes a VM's host objects and spawns its VMM; everything is undone if a step fails. The caller holds the VM's lock. */
export async function boot(
  deps: VmDeps,
  vm: VmRecord,
  context: OperationContext,
  newVm: NewVm | null = null,
): Promise<Machine> {
  // They need no more than the record, and are made while names are claimed and written down.
  const disks = newVm?.makeDisks() ?? MADE_BEFORE;
  // They may fail before anybody waits for them, and a rejection that nobody has seen ends the daemon.
  const settled = Promise.allSettled([disks.root, disks.all, disks.recorded]);
  try {
    return await bootWith(deps, vm, context, disks, newVm);
  } finally {
    await settled;
  }
}

async function bootWith(
  deps: VmDeps,
  vm: VmRecord,
  context: OperationContext,
  newDisks: NewDisks,
  newVm: NewVm | null,
): Promise<Machine> {
  const paths = deps.paths(vm.id);
  const [handles] = await settleAll([intent(deps, vm, newVm?.accelerator), deps.network.claim(vm.slot)]);
  const at = capabilityVm(deps, vm);
  return withUndo(async (scope) => {
    scope.defer("host objects", () => releaseHostObjects(deps, vm.id, handles, paths));
    await deps.handles.write(paths, handles);
    const initramfs = deps.library.initramfs(vm.kernelName);
    const vmm = vmmOf(deps, handles.vmm);
    const spawning = Promise.withResolvers<void>();
    if (vmm.opensDisksAtOnce) spawning.resolve();
    const config = deps.guestConfig.write(guestConfigInput(deps, vm, paths, handles), spawning.promise);
    // Nothing is taken away from under it.
    scope.defer("config disk", () => {
      spawning.resolve();
      return settle(config.written);
    });
    const made = await settleAll([
      context.stage("network", () =>
        deps.network.connect({ slot: vm.slot, address: vm.address, uid: handles.uid }),
      ),
      attachRootDisk(deps, vm, paths, handles, newDisks.root),
      deps.capabilities.beforeStart(at, scope),
      config.made,
      makeRuntime(deps, vm, paths, handles, newVm !== null),
      initramfs,
      newDisks.all,
    ]);
    context.signal.throwIfAborted();
    const [, disks, , , cgroup] = made;
    const process = await context.stage("vmm", async () => {
      const starting = vmm.start({
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
        filled: config.written,
      });
      // The request for the spawn goes first: a VMM takes longer to begin than the disk to be written.
      setImmediate(spawning.resolve);
      return starting;
    });
    const live: VmHandles = { ...handles, process, startedAt: deps.now().toISOString() };
    scope.defer("vmm", () => vmm.kill(process));
    for (const text of await config.written) context.warning(text);
    await newDisks.recorded;
    await deps.handles.write(paths, live);
    await deps.capabilities.afterStart(at, scope);
    deps.store.setDesired(vm.id, "running");
    return deps.machines.adopt(vm, live, paths);
  });
}

function attachRootDisk(deps: VmDeps, vm: VmRecord, paths: VmPaths, handles: VmHandles, made: Promise<void>) {
  return driverOf(deps, vm.spec.storage).attach(rootDiskOf(deps, handles, paths), made);
}

async function makeRuntime(
  deps: VmDeps,
  { spec }: VmRecord,
  paths: VmPaths,
  { uid, cgroup, accelerator, vmm }: VmHandles,
  isNew: boolean,
): Promise<string | null> {
  const overheadBytes = OVERHEAD_BYTES + (accelerator === "tcg" ? TRANSLATED_BYTES : 0n);
  const limits = {
    memoryMaxBytes: BigInt(spec.memoryMib) * 2n ** 20n + overheadBytes,
    // A thread for each vCPU, beside those for disks.
    pidsMax: spec.vcpu + 256,
    cpuMaxPercent: (spec.vcpu + 1) * 100,
  };
  const makeEmptyDirectory = async () => {
    await deps.host.file.ensureDirectory(paths.runtime, { uid, gid: uid, mode: 0o700 });
    // Of an earlier start, which something may have kept from being released whole.
    if (!isNew) await vmmOf(deps, vmm).cleanUp(paths);
  };
  const [, leaf] = await settleAll([
    makeEmptyDirectory(),
    cgroup === null ? Promise.resolve(null) : deps.host.cgroup.create(cgroup, limits),
  ]);
  return leaf;
}

function guestConfigInput(deps: VmDeps, vm: VmRecord, paths: VmPaths, handles: VmHandles) {
  const { gateway } = deps.network;
  return { vm, paths, handles, gateway, mac: macOfSlot(vm.slot), resolver: gateway };
}

async function settle(step: Promise<unknown>): Promise<void> {
  await Promise.allSettled([step]);
}
