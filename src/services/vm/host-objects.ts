import { rm } from "node:fs/promises";
import type { Vmm } from "../../domain/ports.ts";
import {
  type Accelerator,
  handlesOfRecord,
  tapName,
  type VmHandles,
  type VmPaths,
  type VmRecord,
} from "../../domain/vm.ts";
import { BangerError, errorMessage } from "../../shared/errors.ts";
import type { VmDeps } from "./deps.ts";
import { capabilityVm, driverOf, rootDiskOf, uidOf, vmmOf } from "./drivers.ts";

/** Handles as they are before anything was made: only names (ST-5). The VMM is asked for its accelerator, where a create has not done so. */
export async function intent(deps: VmDeps, vm: VmRecord, known?: Accelerator): Promise<VmHandles> {
  const [accelerator, cgroupRoot] = await Promise.all([
    known ??
      vmmOf(deps, vm.spec.vmm)
        .accelerator()
        .then(({ kind }) => kind),
    deps.host.cgroup.root(),
  ]);
  return {
    version: 1,
    vmId: vm.id,
    bootToken: deps.newToken(),
    vmm: vm.spec.vmm,
    storage: vm.spec.storage,
    imageId: vm.imageId,
    uid: uidOf(deps, vm),
    tap: tapName(vm.slot),
    cgroup: cgroupRoot === null ? null : vm.id,
    process: null,
    startedAt: null,
    accelerator,
    vcpu: vm.spec.vcpu,
    memoryMib: vm.spec.memoryMib,
  };
}

/**
 * Removes everything of a VM that is true only while it runs. Idempotent, goes on when a step fails (each failure is logged), and drops
 * the handles last: what could not be released is found again at the next start. Resolves to whether all of it is gone.
 */
export async function releaseHostObjects(
  deps: VmDeps,
  vmId: string,
  handles: VmHandles,
  paths: VmPaths,
): Promise<boolean> {
  const vmm = vmmOf(deps, handles.vmm);
  const steps: [string, () => Promise<unknown>][] = [
    ["vmm", async () => handles.process && vmm.kill(handles.process)],
    ["stray", () => killStrays(deps, vmm, vmId, handles.uid)],
    ["capabilities", () => released(deps.capabilities.afterStop({ vmId, handles, paths }))],
    ["root disk", () => driverOf(deps, handles.storage).detach(rootDiskOf(deps, handles, paths))],
    ["tap", () => deps.network.disconnect(handles.tap)],
    ["cgroup", async () => handles.cgroup !== null && deps.host.cgroup.delete(handles.cgroup)],
    ["vmm files", () => vmm.cleanUp({ runtime: paths.runtime })],
    ["runtime directory", () => rm(paths.runtime, { recursive: true, force: true })],
    ["config disk", () => rm(paths.configDisk, { force: true })],
  ];
  let failed = false;
  for (const [name, step] of steps) {
    try {
      await step();
    } catch (error) {
      failed = true;
      deps.logger.warn({ vm: vmId, step: name, err: error }, `release failed: ${errorMessage(error)}`);
    }
  }
  if (!failed) await deps.handles.remove(paths);
  return !failed;
}

/**
 * Removes a VM that does not run: what an earlier end could not release, its directory, its record. Whatever is still on the host keeps
 * directory and record, which alone name it (ST-5). ERR_RELEASE_FAILED.
 */
export async function removeVm(deps: VmDeps, vm: VmRecord): Promise<void> {
  const paths = deps.paths(vm.id);
  const left = await readHandles(deps, vm);
  const ended = left === null || (await releaseHostObjects(deps, vm.id, left, paths));
  // Their space first: on a full filesystem the capabilities, which forget a VM by writing a list without it, and the record's delete need some.
  if (ended) for (const disk of [paths.rootDisk, paths.workDisk]) await rm(disk, { force: true });
  if (!ended || !(await deps.capabilities.delete(capabilityVm(deps, vm)))) {
    throw new BangerError("ERR_RELEASE_FAILED", `something of ${vm.name} could not be taken off this host`, {
      next: `\`banger daemon logs\` says what; then again: \`banger vm rm ${vm.name}\``,
    });
  }
  await rm(paths.directory, { recursive: true, force: true });
  deps.store.delete(vm.id);
}

async function released(whole: Promise<boolean>): Promise<void> {
  if (!(await whole)) throw new Error("a capability did not let go");
}

/** Handles that cannot be read say nothing of a process, but every name in them derives from the record. */
export async function readHandles(deps: VmDeps, vm: VmRecord): Promise<VmHandles | null> {
  const paths = deps.paths(vm.id);
  try {
    return await deps.handles.read(paths, handlesOfRecord(vm));
  } catch (err) {
    deps.logger.error(
      { vm: vm.id, file: paths.handles, err },
      "unreadable handles; releasing what the record names",
    );
    return intent(deps, vm);
  }
}

/** The record follows what was done, and a full disk must not keep anybody from stopping or deleting a VM. */
export function recordDesired(
  deps: Pick<VmDeps, "store" | "logger">,
  id: string,
  desired: VmRecord["desired"],
): void {
  try {
    deps.store.setDesired(id, desired);
  } catch (err) {
    deps.logger.error({ vm: id, desired, err }, "the desired state could not be recorded");
  }
}

/** A VMM that was spawned in the instant before a crash is in no handles: its uid and its VM's id on its command line tell. */
async function killStrays(deps: VmDeps, vmm: Vmm, vmId: string, uid: number): Promise<void> {
  for (const stray of await deps.host.process.listByUid({ first: uid, last: uid })) {
    if (stray.commandLine.some((argument) => argument.includes(vmId))) await vmm.kill(stray);
  }
}
