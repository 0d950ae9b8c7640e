import { mkdirSync, writeFileSync } from "node:fs";
import { unlink } from "node:fs/promises";
import path from "node:path";
import type { ImageRecord } from "../../domain/image.ts";
import type { RootDiskDriver } from "../../domain/ports.ts";
import { hostEndpoint } from "../../domain/published-port.ts";
import type { Accelerator, VmRecord, VmSpec } from "../../domain/vm.ts";
import type { VmCreated, VmCreateParams } from "../../rpc/contract.ts";
import { settleAll } from "../../shared/settle-all.ts";
import { type UndoScope, withUndo } from "../../shared/undo.ts";
import type { ImageService } from "../images.ts";
import type { OperationContext } from "../operations.ts";
import { startMachine } from "./actions.ts";
import { boot, type NewDisks } from "./boot.ts";
import type { VmDeps } from "./deps.ts";
import { destroyVm } from "./destroy.ts";
import { capabilityVm, driverOf, vmmOf } from "./drivers.ts";
import { removeVm } from "./host-objects.ts";
import type { Machine } from "./machines.ts";
import { preflight } from "./preflight.ts";
import { publishedPorts } from "./publish.ts";
import { reachBooted } from "./reach-booted.ts";
import type { SpacePromise } from "./space-promises.ts";
import { checkSeed, type NetworkSpec, resolveSizes, specLine } from "./spec.ts";

/** What a creation tells its caller before it has ended. */
export interface CreateHooks {
  /** The record exists: from here on the VM can be found, and removed, by its id. */
  reserved(vm: VmRecord): void;
}

/**
 * Creates a VM (VM-4): the image is resolved without a lock; name, slot and address are reserved in one transaction; disks and boot
 * happen under the VM's own lock. Until the VMM runs, a failure or a cancel undoes everything. After that a guest which does not answer
 * is kept, so that its console can be read (RUN-4, RUN-5); only a cancel still undoes.
 */
export async function createVm(
  deps: VmDeps,
  imageService: ImageService,
  params: VmCreateParams,
  network: NetworkSpec,
  hooks: CreateHooks,
  context: OperationContext,
): Promise<VmCreated> {
  const sizes = resolveSizes(params, deps.settings);
  const publish = publishedPorts(params.publish, network.net);
  context.note(specLine(sizes));
  const name = params.image ?? deps.settings.defaultImage;
  const [vmm, local] = await settleAll([deps.pickVmm(), imageService.local(name)]);
  context.note(
    `vmm: ${vmm.kind} with ${vmm.accelerator === "kvm" ? "KVM" : "software emulation"} (${vmm.reason})`,
  );
  const { image, kernel } = local ?? (await imageService.ensure(name, context));
  checkSeed(sizes.diskSizeBytes, image.seedBytes, image.name);
  const storage = await deps.pickStorage({ overlay: kernel.overlay });
  const driver = driverOf(deps, storage.kind);
  const files = deps.library.imageFiles(image);
  const spec: VmSpec = { ...sizes, ...network, vmm: vmm.kind, storage: storage.kind, publish };
  const space = driver.spaceNeeded({ rootfs: files.rootfs }).then((bytes) => deps.space.promise(bytes));
  const plan = { image, spec, driver, space, accelerator: vmm.accelerator };
  const created = await make(deps, params, plan, hooks, context).finally(async () => (await space).release());
  if (created.machine !== null) noteChosen(deps, created.vm, context);
  if (created.machine !== null) await reach(deps, created.vm, created.machine, params, context);
  void driver.prepareNext?.({ rootfs: files.rootfs });
  const { id, address } = created.vm;
  const published = deps.store.get(id)?.spec.publish ?? publish;
  return { id, name: created.vm.name, address, publish: [...published] };
}

/** Ports of the host that were chosen here and not by the user. */
function noteChosen(deps: VmDeps, vm: VmRecord, context: OperationContext): void {
  const chosen = deps.store.get(vm.id)?.spec.publish.filter((_, at) => vm.spec.publish[at]?.hostPort === 0);
  for (const port of chosen ?? [])
    context.note(`published: ${hostEndpoint(port)} -> ${port.guestPort}/${port.protocol}`);
}

interface Plan {
  readonly image: ImageRecord;
  readonly spec: VmSpec;
  readonly driver: RootDiskDriver;
  readonly space: Promise<SpacePromise>;
  readonly accelerator: Accelerator;
}

async function make(
  deps: VmDeps,
  params: VmCreateParams,
  { image, spec, driver, space, accelerator }: Plan,
  hooks: CreateHooks,
  context: OperationContext,
): Promise<{ vm: VmRecord; machine: Machine | null }> {
  // What is not started needs no port yet.
  const wanted = params.noStart === true ? { ...spec, publish: [] } : spec;
  await preflight(deps, vmmOf(deps, spec.vmm), wanted, space);
  context.signal.throwIfAborted();
  // The lock is held until everything is undone: whoever waits for it finds no record then, not half a VM.
  const id = deps.newId();
  return deps.locks.run(id, () =>
    withUndo(async (scope) => {
      const vm = reserve(deps, id, params, image, spec);
      scope.defer("VM", () => removeVm(deps, vm));
      hooks.reserved(vm);
      const machine = await deps.machines.during(vm.id, "creating", async () => {
        const makeNewDisks = (): NewDisks => {
          const { root, made, unfinished } = makeDisks(deps, vm, driver, scope);
          const all = context.stage("disks", () => made).finally(async () => (await space).release());
          return { root, all, recorded: all.then(() => unlink(unfinished)) };
        };
        if (params.noStart === true) {
          await makeNewDisks().recorded;
          await deps.capabilities.afterCreateStopped(capabilityVm(deps, vm));
          return null;
        }
        return boot(deps, vm, context, { makeDisks: makeNewDisks, accelerator });
      });
      return { vm, machine };
    }),
  );
}

/** Waits for the guest; a cancel meanwhile still undoes everything, a guest that fails is kept and no longer auto-removed. */
async function reach(
  deps: VmDeps,
  vm: VmRecord,
  machine: Machine,
  params: VmCreateParams,
  context: OperationContext,
): Promise<void> {
  const wait = {
    timeoutMs: params.bootTimeoutMs ?? deps.settings.bootTimeoutMs,
    for: params.waitFor ?? "agent",
  } as const;
  const again = async () => (await startMachine(deps, vm, context)).machine;
  try {
    await deps.machines.during(vm.id, "starting", () => reachBooted(deps, machine, wait, context, again));
  } catch (error) {
    if (context.signal.aborted) await destroyVm(deps, vm);
    else deps.store.setAutoRemove(vm.id, false);
    throw error;
  }
}

function reserve(
  deps: VmDeps,
  id: string,
  params: VmCreateParams,
  image: ImageRecord,
  spec: VmSpec,
): VmRecord {
  return deps.store.reserve({
    id,
    name: params.name,
    imageId: image.id,
    imageName: image.name,
    kernelName: image.kernelName,
    spec,
    autoRemove: params.autoRemove ?? false,
    createdAt: deps.now().toISOString(),
    // One that is not started needs no TAP yet.
    places: params.noStart === true ? [] : deps.network.readyPlaces,
  });
}

/**
 * The root disk, and beside it what the capabilities make: the work disk. Until all of them are,
 * the directory has a file that says so: by its name reconcile tells a creation that a crash ended from a VM that lost a disk later.
 */
function makeDisks(deps: VmDeps, vm: VmRecord, driver: RootDiskDriver, scope: UndoScope) {
  const at = capabilityVm(deps, vm);
  const { directory, rootDisk: target } = at.paths;
  const { rootfs } = deps.library.imageFiles({ id: vm.imageId });
  const { uid, gid } = at;
  const { overlaySizeBytes } = vm.spec;
  const unfinished = path.join(directory, "disks.part");
  // Two entries on the filesystem that the record was just written to: less than the turns of the thread pool that all else would wait for.
  mkdirSync(directory, { mode: 0o700 });
  writeFileSync(unfinished, "", { mode: 0o600 });
  const root = driver.create({ rootfs, target, overlaySizeBytes, uid, gid });
  const others = deps.capabilities.create(at, scope);
  return { root, made: settleAll([root, others]).then(() => undefined), unfinished };
}
