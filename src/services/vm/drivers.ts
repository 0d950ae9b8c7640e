import type { CapabilityVm } from "../../domain/capability.ts";
import type { RootDiskDriver, RootDiskOf, Vmm } from "../../domain/ports.ts";
import type { StorageKind, VmHandles, VmmKind, VmPaths, VmRecord } from "../../domain/vm.ts";
import type { VmDeps } from "./deps.ts";

/** The VMM of a VM: the one that it was made with, whatever new ones get (VM-6). */
export function vmmOf(deps: Pick<VmDeps, "vmms">, kind: VmmKind): Vmm {
  return there(deps.vmms.get(kind), kind);
}

export function driverOf(deps: Pick<VmDeps, "rootDisks">, kind: StorageKind): RootDiskDriver {
  return there(deps.rootDisks.get(kind), kind);
}

/** What a storage driver must know to attach and detach a VM's root disk. */
export function rootDiskOf(
  deps: Pick<VmDeps, "library">,
  handles: Pick<VmHandles, "vmId" | "imageId" | "uid">,
  paths: Pick<VmPaths, "rootDisk">,
): RootDiskOf {
  const { vmId, imageId, uid } = handles;
  const { rootfs } = deps.library.imageFiles({ id: imageId });
  return { vmId, imageId, rootfs, file: paths.rootDisk, uid, gid: uid };
}

/** The uid that a VM's VMM runs under (VMM-4). */
export function uidOf(deps: Pick<VmDeps, "settings">, vm: VmRecord): number {
  return deps.settings.firstUid + vm.slot;
}

/** A VM as the hooks of capabilities get it. */
export function capabilityVm(deps: Pick<VmDeps, "settings" | "paths">, vm: VmRecord): CapabilityVm {
  const uid = uidOf(deps, vm);
  return { vm, paths: deps.paths(vm.id), uid, gid: uid };
}

/** Kinds come from records that banger wrote: one that is missing is a mistake in the composition. */
function there<T>(driver: T | undefined, kind: string): T {
  if (driver === undefined) throw new Error(`no driver for ${kind} was composed`);
  return driver;
}
