import type { Forwarder } from "../../domain/forwarder.ts";
import type { GuestConfig } from "../../domain/guest.ts";
import type { KernelRecord } from "../../domain/image.ts";
import type { RootDiskDriver, Vmm } from "../../domain/ports.ts";
import type { HandlesStore, ImageLibrary, ImageStore, VmStore } from "../../domain/stores.ts";
import type { Accelerator, StorageKind, VmmKind, VmPaths } from "../../domain/vm.ts";
import type { HostOps } from "../../host/host-ops.ts";
import type { Logger } from "../../shared/logger.ts";
import type { KeyedLocks } from "../locks.ts";
import type { HostNetwork } from "../network.ts";
import type { CapabilityHooks } from "./capability-hooks.ts";
import type { LastUse } from "./last-use.ts";
import type { Machines } from "./machines.ts";
import type { SpacePromises } from "./space-promises.ts";

/** Values of the configuration and of the host that the VM services use. */
export interface VmSettings {
  readonly defaultImage: string;
  readonly vcpu: number;
  readonly memoryMib: number;
  readonly diskSizeBytes: number;
  readonly overlaySizeBytes: number;
  readonly bootTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** First uid of the range for VMMs; a VM's is this plus its slot (VMM-4). */
  readonly firstUid: number;
  readonly lastUid: number;
  readonly stateDirectory: string;
  readonly hostCpus: number;
  readonly hostMemoryMib: number;
}

/** What the VM services are made of; the composition root fills it. */
export interface VmDeps {
  readonly host: HostOps;
  readonly store: VmStore;
  readonly images: ImageStore;
  readonly library: ImageLibrary;
  readonly handles: HandlesStore;
  readonly vmms: ReadonlyMap<VmmKind, Vmm>;
  /** The VMM for new VMs, with the reason (VMM-1). */
  readonly pickVmm: () => Promise<{ kind: VmmKind; accelerator: Accelerator; reason: string }>;
  /** The storage driver for new VMs of a kernel, with the reason (DSK-2). */
  readonly pickStorage: (
    kernel: Pick<KernelRecord, "overlay">,
  ) => Promise<{ kind: StorageKind; reason: string }>;
  readonly rootDisks: ReadonlyMap<StorageKind, RootDiskDriver>;
  readonly capabilities: CapabilityHooks;
  readonly forwarder: Pick<Forwarder, "of">;
  readonly guestConfig: GuestConfig;
  readonly network: HostNetwork;
  readonly machines: Machines;
  readonly lastUse: LastUse;
  readonly locks: KeyedLocks;
  readonly settings: VmSettings;
  readonly paths: (id: string) => VmPaths;
  readonly freeBytes: (directory: string) => Promise<{ free: number; total: number }>;
  readonly space: SpacePromises;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly newToken: () => string;
  readonly logger: Logger;
}
