import { guarded } from "../../doctor/check.ts";
import { checkDeviceMapper, type SnapshotTrial } from "../../doctor/checks/device-mapper.ts";
import { checkSnapshots, type SnapshotState } from "../../doctor/checks/snapshots.ts";
import { checkStorage, type DriverWord } from "../../doctor/checks/storage.ts";
import { type Driver, type DriverState, probeDriver } from "../../doctor/probes/kernel-driver.ts";
import { moduleState } from "../../doctor/probes/kernel-module.ts";
import type { DoctorCheck } from "../../domain/doctor.ts";
import type { RootDiskDriver } from "../../domain/ports.ts";
import type { StorageKind } from "../../domain/vm.ts";
import type { HostOps } from "../../host/host-ops.ts";
import { pickStorage } from "../../storage/pick-storage.ts";
import { nearestDirectory } from "./facts.ts";
import type { DoctorScope } from "./run.ts";
import { runningVms } from "./running-vms.ts";

type RootDisks = ReadonlyMap<StorageKind, RootDiskDriver>;

const DM: Driver = { node: "/dev/mapper/control", misc: "device-mapper", module: "dm_mod" };
/** What a snapshot needs beside device-mapper itself. */
const DM_MODULES = ["dm_snapshot", "dm_zero", "loop"];

/** Device-mapper, and which storage driver new VMs get. */
export function storageChecks(
  scope: DoctorScope,
  drivers: RootDisks,
  host: Pick<HostOps, "dm">,
): Promise<DoctorCheck>[] {
  const { config, dirs } = scope;
  const directory = nearestDirectory(dirs.state);
  const driver = probeDriver(DM);
  const dm = Promise.all([directory, driver]).then(([where, state]) => askDm(drivers, host, where, state));
  // Awaited in checks; a failure is theirs to tell.
  dm.catch(() => undefined);
  return [
    guarded("device-mapper", async () =>
      checkDeviceMapper(await driver, await dm, config.storage === "dm-snapshot"),
    ),
    guarded("storage", async () => {
      const words = await wordsOf(drivers, await directory, await dm, await driver);
      const asked = new Map(words.map((word) => [word.kind, { available: async () => word }]));
      return checkStorage(config.storage, words, async () =>
        pickStorage(config.storage, await directory, asked, { overlay: true }),
      );
    }),
  ];
}

/** How the root disks of the VMs that run are: no line where none runs. */
export async function rootDiskChecks(
  scope: DoctorScope,
  drivers: RootDisks,
  host: Pick<HostOps, "process">,
): Promise<DoctorCheck[]> {
  let states: SnapshotState[] = [];
  const line = await guarded("root-disks", async () => {
    states = await snapshots(scope, drivers, host);
    return checkSnapshots(states);
  });
  return line.status === "pass" && states.length === 0 ? [] : [line];
}

/** The driver's own word, from a snapshot that it makes and removes; null where that would load modules. */
async function askDm(
  drivers: RootDisks,
  { dm }: Pick<HostOps, "dm">,
  directory: string,
  { minor, node, refused }: DriverState,
): Promise<SnapshotTrial | null> {
  const usable = minor !== null && node === "right" && refused === null;
  const modules = await Promise.all(DM_MODULES.map((module) => moduleState(module)));
  if (!usable || modules.includes("loadable")) return null;
  const targets = await dm.available();
  if (!targets.ok) return { ...targets, hasTargets: false };
  const tried = await drivers.get("dm-snapshot")?.available(directory);
  return tried === undefined ? null : { ...tried, hasTargets: true };
}

function wordsOf(
  drivers: RootDisks,
  directory: string,
  dm: { ok: boolean; reason: string } | null,
  driver: DriverState,
): Promise<(DriverWord & { kind: StorageKind })[]> {
  const loadable = driver.minor !== null ? driver.refused === null : driver.loadable;
  const notAsked = loadable
    ? { ok: true, reason: "device-mapper is there, as modules that its first use loads" }
    : { ok: false, reason: "there is no device-mapper" };
  return Promise.all(
    [...drivers].map(async ([kind, each]) => ({
      kind,
      ...(kind === "dm-snapshot" ? (dm ?? notAsked) : await each.available(directory)),
    })),
  );
}

async function snapshots(
  scope: DoctorScope,
  drivers: RootDisks,
  { process }: Pick<HostOps, "process">,
): Promise<SnapshotState[]> {
  const found = await Promise.all(
    (await runningVms(scope, process)).map(async ({ vm, disk }) => {
      const usage = (await drivers.get(vm.spec.storage)?.usage(disk)) ?? null;
      return usage === null ? null : { ...usage, name: vm.name };
    }),
  );
  return found.filter((each) => each !== null);
}
