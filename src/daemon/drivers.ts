import path from "node:path";
import type { Config } from "../config/load.ts";
import type { Dirs } from "../config/paths.ts";
import type { KernelRecord } from "../domain/image.ts";
import type { RootDiskDriver, Vmm } from "../domain/ports.ts";
import type { Accelerator, StorageKind, VmmKind } from "../domain/vm.ts";
import type { HostOps } from "../host/host-ops.ts";
import { UpperSeed } from "../images/upper-seed.ts";
import { KeyedLocks } from "../services/locks.ts";
import type { Logger } from "../shared/logger.ts";
import { DmSnapshotDriver } from "../storage/dm-snapshot/driver.ts";
import { OverlayDriver } from "../storage/overlay-driver.ts";
import { pickStorage } from "../storage/pick-storage.ts";
import { CopyDriver, ReflinkDriver } from "../storage/root-disks.ts";
import { SpareCopies } from "../storage/spare-copy.ts";
import { FirecrackerVmm } from "../vmm/firecracker/firecracker-vmm.ts";
import { pickVmm } from "../vmm/pick-vmm.ts";
import { QemuVmm } from "../vmm/qemu/qemu-vmm.ts";
import { KvmProbe } from "../vmm/shared/kvm/probe.ts";

export interface DriverInput {
  readonly config: Config;
  readonly dirs: Dirs;
  readonly host: HostOps;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  /** For doctor: what an earlier look kept is read, and nothing kept. */
  readonly changesNothing?: boolean;
}

/** Every VMM and every storage driver, and which of them new VMs get: for the services, and for doctor, which tells why. */
export interface Drivers {
  readonly vmms: ReadonlyMap<VmmKind, Vmm>;
  readonly rootDisks: ReadonlyMap<StorageKind, RootDiskDriver>;
  readonly pickVmm: () => Promise<{ kind: VmmKind; accelerator: Accelerator; reason: string }>;
  /** `directory` is where it is tried: the state directory. */
  readonly pickStorage: (
    directory: string,
    kernel: Pick<KernelRecord, "overlay">,
  ) => Promise<{ kind: StorageKind; reason: string }>;
  /** Makes what is made once per state directory and not in a create, which starts no program. ERR_TOOL_MISSING, ERR_TOOL_FAILED. */
  readonly prepareStorage: (kind: StorageKind) => Promise<void>;
  /** Ends probes of KVM whose maker was killed. Never rejects. */
  readonly sweepProbes: () => Promise<void>;
}

export function makeDrivers({
  config,
  dirs,
  host,
  env,
  logger,
  changesNothing = false,
}: DriverInput): Drivers {
  // The first uid of the range is no VM's: slots begin with 1.
  const kvm = new KvmProbe({
    hostOps: host,
    uid: config.vmmUidRange.first,
    cacheDirectory: dirs.runtime,
    readOnlyCache: changesNothing,
  });
  const common = { hostOps: host, kvm, searchPath: env.PATH, logger };
  const qemu = new QemuVmm({ ...common, qemuBin: config.qemuBin });
  const firecracker = new FirecrackerVmm({ ...common, firecrackerBin: config.firecrackerBin });
  const upperSeed = new UpperSeed(dirs.images, path.join(dirs.logs, "images.log"));
  const rootDisks = new Map<StorageKind, RootDiskDriver>([
    ["reflink", new ReflinkDriver(host)],
    ["dm-snapshot", new DmSnapshotDriver(host, dirs.state, new KeyedLocks())],
    ["overlay", new OverlayDriver(host, () => upperSeed.get())],
    ["copy", new CopyDriver(host, new SpareCopies({ clone: host.clone, logger }))],
  ]);
  return {
    vmms: new Map<VmmKind, Vmm>([
      ["firecracker", firecracker],
      ["qemu", qemu],
    ]),
    rootDisks,
    pickVmm: () => pickVmm(config.vmm, { firecracker, qemu }),
    pickStorage: (directory, kernel) => pickStorage(config.storage, directory, rootDisks, kernel),
    prepareStorage: async (kind) => {
      if (kind === "overlay") await upperSeed.get();
    },
    sweepProbes: () =>
      kvm
        .sweep()
        .catch((err) =>
          logger.warn({ err }, "probes of KVM that an earlier process left could not be ended"),
        ),
  };
}
