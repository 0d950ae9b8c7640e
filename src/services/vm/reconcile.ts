import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { VmHandles, VmRecord } from "../../domain/vm.ts";
import { isThere } from "../../shared/is-there.ts";
import type { VmDeps } from "./deps.ts";
import { destroyVm } from "./destroy.ts";
import { capabilityVm } from "./drivers.ts";
import { readHandles, recordDesired, releaseHostObjects } from "./host-objects.ts";

export interface ReconcileReport {
  readonly kept: number;
  readonly demoted: number;
  readonly removed: number;
}

/**
 * VM-11, at every start of the daemon: what survived is kept, what did not is demoted to stopped and its kernel objects are released; what
 * a crash left without a record, or half made, is removed; and a VM that was to go with its client goes now (RUN-4).
 */
export async function reconcileVms(deps: VmDeps, vmsDirectory: string): Promise<ReconcileReport> {
  const records = deps.store.list();
  const outcomes = await Promise.all(records.map((vm) => attempt(deps, vm.id, () => reconcileOne(deps, vm))));
  const known = new Set(records.map((vm) => vm.id));
  const orphans = (await directoriesOf(vmsDirectory)).filter((name) => !known.has(name));
  await Promise.all(orphans.map((id) => attempt(deps, id, () => removeOrphan(deps, id))));
  // An orphan that could not be released keeps its directory, and the next start has its names from there.
  await sweepRootDisks(deps, new Set([...known, ...orphans]));
  const count = (outcome: Outcome) => outcomes.filter((each) => each === outcome).length;
  return { kept: count("kept"), demoted: count("demoted"), removed: count("removed") + orphans.length };
}

/** One VM that cannot be put in order must not keep the daemon from the others. */
async function attempt<T>(deps: VmDeps, id: string, body: () => Promise<T>): Promise<T | null> {
  try {
    return await body();
  } catch (err) {
    deps.logger.error({ vm: id, err }, "a VM could not be reconciled; the next start tries again");
    return null;
  }
}

async function sweepRootDisks(deps: VmDeps, knownVmIds: ReadonlySet<string>): Promise<void> {
  for (const driver of deps.rootDisks.values()) {
    try {
      await driver.sweep?.(knownVmIds);
    } catch (err) {
      deps.logger.error({ storage: driver.kind, err }, "what is of no VM could not be swept");
    }
  }
}

const VM_ID = /^[0-9a-f]{32}$/;

type Outcome = "kept" | "demoted" | "removed" | "asleep";

async function reconcileOne(deps: VmDeps, vm: VmRecord): Promise<Outcome> {
  const paths = deps.paths(vm.id);
  const handles = await readHandles(deps, vm);
  const alive = handles?.process != null && (await deps.host.process.isAlive(handles.process));
  const at = capabilityVm(deps, vm);
  // One that runs was whole when it started, whatever has become of its files.
  if (alive && !vm.autoRemove) {
    deps.machines.adopt(vm, handles as VmHandles, paths);
    await deps.capabilities.adopt(at);
    return "kept";
  }
  if (handles !== null) await releaseHostObjects(deps, vm.id, handles, paths);
  if (vm.autoRemove || (await isHalfMade(deps, vm))) {
    await destroyVm(deps, vm);
    return "removed";
  }
  if (vm.desired !== "stopped") recordDesired(deps, vm.id, "stopped");
  // Before one that runs looks for its peers.
  deps.store.readdress(vm.id);
  return vm.desired === "stopped" ? "asleep" : "demoted";
}

/**
 * Whether a crash interrupted its creation: it has something unfinished, or no disk yet (so has one whose deletion was interrupted).
 * A VM that was whole once and lacks a disk now is kept, since the other disk has its user's data; its start says what is missing. So is
 * one whose disks cannot be looked at now.
 */
async function isHalfMade(deps: VmDeps, vm: VmRecord): Promise<boolean> {
  const at = capabilityVm(deps, vm);
  try {
    if (await hasUnfinished(at.paths.directory)) return true;
    const there = [await isThere(at.paths.rootDisk), await deps.capabilities.isWhole(at)];
    if (there.includes(true) && there.includes(false)) {
      deps.logger.error(
        { vm: vm.id, directory: at.paths.directory },
        `a disk of ${vm.name} is gone; it is kept as it is`,
      );
    }
    return !there.includes(true);
  } catch (err) {
    deps.logger.error({ vm: vm.id, err }, `the disks of ${vm.name} cannot be looked at; it is kept as it is`);
    return false;
  }
}

async function hasUnfinished(directory: string): Promise<boolean> {
  if (!(await isThere(directory))) return false;
  return (await readdir(directory)).some((name) => name.endsWith(".part"));
}

/** A directory whose record is gone: a delete that a crash interrupted. */
async function removeOrphan(deps: VmDeps, id: string): Promise<void> {
  const paths = deps.paths(id);
  const handles = await deps.handles.read(paths).catch((err) => {
    deps.logger.error({ vm: id, file: paths.handles, err }, "unreadable handles of a VM without a record");
    return null;
  });
  if (handles !== null && !(await releaseHostObjects(deps, id, handles, paths))) return;
  await rm(paths.directory, { recursive: true, force: true });
  deps.logger.info(
    { vm: id, directory: path.basename(paths.directory) },
    "removed what an interrupted delete had left",
  );
}

/** Those of VMs: a `lost+found`, or a copy that somebody made by hand, is not ours to remove. */
async function directoriesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && VM_ID.test(entry.name)).map(({ name }) => name);
}
