import { vmPaths } from "../../config/paths.ts";
import type { RootDiskOf } from "../../domain/ports.ts";
import { handlesOfRecord, type VmRecord } from "../../domain/vm.ts";
import type { ProcessOps } from "../../host/host-ops.ts";
import { rootDiskOf } from "../../services/vm/drivers.ts";
import { openReadOnly, type State } from "../../state/database.ts";
import { readHandlesFile } from "../../state/handles.ts";
import { openLibrary } from "../library.ts";
import type { DoctorScope } from "./run.ts";

/**
 * VMs whose VMM lives (VM-10), and their root disks, by the database, the handles and the processes. A database that cannot be read has a
 * line of its own.
 */
export async function runningVms(
  scope: DoctorScope,
  process: Pick<ProcessOps, "isAlive">,
): Promise<{ vm: VmRecord; disk: RootDiskOf }[]> {
  const { dirs } = scope;
  const vms = records(scope);
  if (vms.length === 0) return [];
  const library = await openLibrary(scope);
  const found = await Promise.all(
    vms.map(async (vm) => {
      const paths = vmPaths(dirs, vm.id);
      const handles = await readHandlesFile(paths, handlesOfRecord(vm)).catch(() => null);
      // A daemon that was killed with its VMs, or a host that was, left what it had recorded.
      if (handles?.process == null || !(await process.isAlive(handles.process))) return null;
      return { vm, disk: rootDiskOf({ library }, handles, paths) };
    }),
  );
  return found.filter((each) => each !== null);
}

function records(scope: DoctorScope): VmRecord[] {
  try {
    return reading(scope, (state) => state.vms.list()) ?? [];
  } catch {
    return [];
  }
}

/** Looks into the database without changing anything (ST-3); null where there is none yet. Throws as `openReadOnly`. */
export function reading<T>({ dirs, config }: DoctorScope, look: (state: State) => T): T | null {
  const { first, last } = config.vmmUidRange;
  const state = openReadOnly(dirs.stateFile, { networkCidr: config.networkCidr, slots: last - first });
  if (state === null) return null;
  try {
    return look(state);
  } finally {
    state.close();
  }
}
