import type { ProcessRef } from "../host/host-ops.ts";
import type { PublishedPort } from "./published-port.ts";

/** What a VM *is*, as SQLite keeps it (ST-4). Nothing here is true only now. */
export interface VmRecord {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** A DNS label, unique. */
  readonly name: string;
  readonly imageId: string;
  readonly imageName: string;
  readonly kernelName: string;
  readonly spec: VmSpec;
  /** Unique small number from which the TAP's name, the VMM's uid and the MAC derive. */
  readonly slot: number;
  /** IPv4, from `network_cidr`. */
  readonly address: string;
  /** The daemon deletes it when the client that made it goes away (RUN-4). */
  readonly autoRemove: boolean;
  readonly desired: "running" | "stopped";
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

export interface VmSpec {
  readonly vcpu: number;
  readonly memoryMib: number;
  /** The work disk (`/root`). */
  readonly diskSizeBytes: number;
  /** Room for changes to the root disk. */
  readonly overlaySizeBytes: number;
  readonly vmm: VmmKind;
  readonly storage: StorageKind;
  readonly net: NetAccess;
  /** Ids of VMs that it and they may talk to, whichever of the two begins. */
  readonly peers: readonly string[];
  /** Ports of the host that lead to the guest while it runs (NET-6). */
  readonly publish: readonly PublishedPort[];
}

/** What a guest may reach beside the agent's channel (NET-3): the internet, everything that the host reaches, or nothing. */
export type NetAccess = "none" | "public" | "full";

export type VmmKind = "qemu" | "firecracker";
export type StorageKind = "reflink" | "dm-snapshot" | "overlay" | "copy";

/** What `vm list` shows as state. Derived from handles and the operation under way, never stored. */
export type VmState = "creating" | "starting" | "running" | "stopping" | "stopped" | "deleting";

/**
 * What is true only now (`handles.json` in the VM's directory, 0600, written atomically, ST-4). Names are written before the
 * object is made (ST-5), so that the next start finds what a crash left.
 */
export interface VmHandles {
  readonly version: 1;
  readonly vmId: string;
  /** Secret of this boot, 32 hexadecimal digits (docs/guest-protocol.md). */
  readonly bootToken: string;
  readonly vmm: VmmKind;
  readonly storage: StorageKind;
  /** Whose root filesystem the root disk stands on: with the storage kind it names what was attached. */
  readonly imageId: string;
  readonly uid: number;
  readonly tap: string;
  /** Name of the cgroup leaf, or null where cgroups are not writable. */
  readonly cgroup: string | null;
  /** Null until the VMM was spawned. */
  readonly process: ProcessRef | null;
  /** ISO 8601, when the VMM was spawned. */
  readonly startedAt: string | null;
  /** How this machine is run: `tcg` or `kvm`. */
  readonly accelerator: Accelerator;
  /** What it runs with: `vm set` may have recorded something else for the next start. */
  readonly vcpu: number;
  readonly memoryMib: number;
}

/** What handles have since later than the others; the VM's record has it too. */
export type HandlesOfRecord = Pick<VmHandles, "vmm" | "storage" | "imageId" | "vcpu" | "memoryMib">;

export function handlesOfRecord({ imageId, spec }: Pick<VmRecord, "imageId" | "spec">): HandlesOfRecord {
  const { vmm, storage, vcpu, memoryMib } = spec;
  return { vmm, storage, imageId, vcpu, memoryMib };
}

export type Accelerator = "kvm" | "tcg";

/** Where the files of one VM are. Derived from the state and runtime directories and the id. */
export interface VmPaths {
  /** `<state>/vms/<id>` */
  readonly directory: string;
  /** The VM's own file of its root disk: the whole disk, the COW file or the upper disk, as the storage driver has it. */
  readonly rootDisk: string;
  readonly workDisk: string;
  readonly configDisk: string;
  readonly handles: string;
  readonly hostKey: string;
  readonly consoleLog: string;
  readonly vmmLog: string;
  /** `<runtime>/vms/<id>`: sockets; short, since a Unix socket's path has at most 107 bytes. */
  readonly runtime: string;
}

export function shortId(id: string): string {
  return id.slice(0, 12);
}

/** `bgr<slot>`: a TAP's name (NET-2). */
export function tapName(slot: number): string {
  return `bgr${slot}`;
}

/** Locally administered MAC of a slot: `02:62:67` (`bg`) and 24 bits of the slot. */
export function macOfSlot(slot: number): string {
  const hex = slot.toString(16).padStart(6, "0");
  return `02:62:67:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`;
}
