import type { Config } from "../config/load.ts";
import type { Dirs } from "../config/paths.ts";
import type { RootDiskDriver, Vmm } from "../domain/ports.ts";
import type { Accelerator, StorageKind, VmmKind } from "../domain/vm.ts";
import type { HostOps } from "../host/host-ops.ts";
import type { Logger } from "../shared/logger.ts";
import { pickStorage } from "../storage/pick-storage.ts";
import { CopyDriver, ReflinkDriver } from "../storage/root-disks.ts";
import { QemuVmm } from "../vmm/qemu/qemu-vmm.ts";

export interface DriverInput {
  readonly config: Config;
  readonly dirs: Dirs;
  readonly host: HostOps;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
}

/** Every VMM and every storage driver, and which of them new VMs get: for the services, and for doctor, which tells why. */
export interface Drivers {
  readonly vmms: ReadonlyMap<VmmKind, Vmm>;
  readonly rootDisks: ReadonlyMap<StorageKind, RootDiskDriver>;
  readonly pickVmm: () => Promise<{ kind: VmmKind; accelerator: Accelerator; reason: string }>;
  /** `directory` is where it is tried: the state directory. */
  readonly pickStorage: (directory: string) => Promise<{ kind: StorageKind; reason: string }>;
}

export function makeDrivers({ config, host, env, logger }: DriverInput): Drivers {
  const qemu = new QemuVmm({ hostOps: host, qemuBin: config.qemuBin, searchPath: env.PATH, logger });
  const rootDisks = new Map<StorageKind, RootDiskDriver>([
    ["reflink", new ReflinkDriver(host)],
    ["copy", new CopyDriver(host)],
  ]);
  return {
    vmms: new Map<VmmKind, Vmm>([["qemu", qemu]]),
    rootDisks,
    pickVmm: async () => {
      const { kind, reason } = await qemu.accelerator();
      return { kind: "qemu", accelerator: kind, reason };
    },
    pickStorage: (directory) => pickStorage(config.storage, directory, rootDisks),
  };
}
