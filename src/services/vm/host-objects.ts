import { rm } from "node:fs/promises";
import { tapName, type VmHandles, type VmPaths, type VmRecord } from "../../domain/vm.ts";
import { errorMessage } from "../../shared/errors.ts";
import type { VmDeps } from "./deps.ts";

/** The uid that a VM's VMM runs under (VMM-4). */
export function uidOf(deps: Pick<VmDeps, "settings">, vm: VmRecord): number {
  return deps.settings.firstUid + vm.slot;
}

/** Handles as they are before anything was made: only names (ST-5). */
export async function intent(deps: VmDeps, vm: VmRecord): Promise<VmHandles> {
  const [accelerator, cgroupRoot] = await Promise.all([deps.vmm.accelerator(), deps.host.cgroup.root()]);
  return {
    version: 1,
    vmId: vm.id,
    bootToken: deps.newToken(),
    uid: uidOf(deps, vm),
    tap: tapName(vm.slot),
    cgroup: cgroupRoot === null ? null : vm.id,
    process: null,
    startedAt: null,
    accelerator: accelerator.kind,
  };
}

/**
 * Removes everything of a VM that is true only while it runs. Idempotent, goes on when a step fails (each failure is logged), and drops
 * the handles last: what could not be released is found again at the next start.
 */
export async function releaseHostObjects(
  deps: VmDeps,
  vmId: string,
  handles: VmHandles,
  paths: VmPaths,
): Promise<void> {
  const steps: [string, () => Promise<unknown>][] = [
    ["vmm", async () => handles.process && deps.vmm.kill(handles.process)],
    ["stray", () => killStrays(deps, vmId, handles.uid)],
    ["tap", () => deps.network.disconnect(handles.tap)],
    ["cgroup", async () => handles.cgroup !== null && deps.host.cgroup.delete(handles.cgroup)],
    ["vmm files", () => deps.vmm.cleanUp({ runtime: paths.runtime })],
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
}

/** A VMM that was spawned in the instant before a crash is in no handles: its uid and its VM's id on its command line tell. */
async function killStrays(deps: VmDeps, vmId: string, uid: number): Promise<void> {
  for (const stray of await deps.host.process.listByUid({ first: uid, last: uid })) {
    if (stray.commandLine.some((argument) => argument.includes(vmId))) await deps.vmm.kill(stray);
  }
}
