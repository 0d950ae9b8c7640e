import type { Duplex } from "node:stream";
import type { ProcessExit, ProcessRef } from "../host/host-ops.ts";
import type { Accelerator, StorageKind, VmHandles, VmmKind } from "./vm.ts";

/** One thing that is missing or wrong, with its fix (VM-15). */
export interface Problem {
  readonly code: `ERR_${string}`;
  readonly message: string;
  readonly next: string;
}

/** A disk as the VMM gets it. */
export interface MachineDisk {
  readonly path: string;
  /** A block device is reached by a node that the jail makes for the VMM's uid; the host's stays root's. */
  readonly kind: "file" | "device";
  readonly readOnly: boolean;
}

/** In the order in which a VMM without serials gives them: vda to vdd. */
export interface MachineDisks {
  readonly root: MachineDisk;
  readonly work: MachineDisk;
  /** Raw tar, read-only. */
  readonly config: MachineDisk;
  /** What the guest joins over a read-only root (`overlay`); null with the other drivers. */
  readonly upper: MachineDisk | null;
}

/** The files and sizes of one machine to start. All paths are the host's. */
export interface MachineSpec {
  readonly vmId: string;
  readonly name: string;
  readonly vcpu: number;
  readonly memoryMib: number;
  readonly kernel: string;
  readonly initramfs: string;
  readonly disks: MachineDisks;
  readonly tap: string;
  readonly mac: string;
  readonly uid: number;
  readonly gid: number;
  /** Path of the cgroup v2 leaf, or null. */
  readonly cgroup: string | null;
  readonly accelerator: Accelerator;
  readonly consoleLog: string;
  readonly vmmLog: string;
  readonly runtime: string;
  /**
   * Resolves when the disks hold what they are to hold; their files are there before. A VMM may be spawned meanwhile, and opens none of them
   * until then. A rejection ends the start, as it is.
   */
  readonly filled: Promise<unknown>;
}

/** What a guest's console may say that is for the daemon: its kernel has halted; or found no timer, and its init ends it (docs/guest-protocol.md). */
export type ConsoleWord = "halted" | "no timer";

/**
 * A kind of VMM (VMM-1). It spawns, watches and ends machines; it knows nothing of records, disks' origin or networks.
 * Everything that outlives the daemon is in {@link VmHandles}, so that a new daemon can go on with what it finds.
 */
export interface Vmm {
  readonly kind: VmmKind;
  /** Whether each connection to the agent is new (vsock). Where not, one byte pipe lasts for the VMM's life, and sessions begin with a reset token. */
  readonly freshConnections: boolean;
  /** Whether it has its disks open when it begins: they must be filled by then. Where not, there is time for that while it starts. */
  readonly opensDisksAtOnce: boolean;
  /** Which accelerator this host gives, and why in one sentence for a person. */
  accelerator(): Promise<{ kind: Accelerator; reason: string }>;
  /** Everything that is missing on this host for a start. */
  preflight(): Promise<Problem[]>;
  /** What of this the VMM cannot give any VM, on any host. */
  refusals(wanted: { readonly vcpu: number }): Problem[];
  /**
   * Spawns the VMM and returns as soon as the guest's vCPUs run; it does not wait for the guest. A VMM that dies meanwhile
   * rejects at once with ERR_VMM_DIED and the tail of its log (VMM-3); nothing is left behind then. Nothing of an earlier VMM may lie in the
   * runtime directory (`cleanUp`): Firecracker refuses to start where its sockets are.
   */
  start(machine: MachineSpec): Promise<ProcessRef>;
  /**
   * Opens the byte pipe to the agent as soon as the VMM offers it, raw: the reset handshake (which waits for the guest) and HTTP/2 are the
   * caller's. Rejects with the signal's reason.
   */
  connectGuest(machine: { runtime: string; bootToken: string }, signal: AbortSignal): Promise<Duplex>;
  /**
   * Begins to copy the guest's console to its size-capped log (and caps the VMM's own), now and after a restart of the daemon. Ends by itself
   * with the VMM, and resolves when all that there will be is read. `onWord` is called with what the console says, which any program there may print.
   */
  followConsole(
    machine: { runtime: string; consoleLog: string; vmmLog: string },
    onWord: (word: ConsoleWord) => void,
  ): Promise<void>;
  /** Asks for a power-off by the machine's power button. */
  powerButton(machine: { runtime: string }): Promise<void>;
  /** Resolves when the VMM has ended, however. */
  wait(process: ProcessRef): Promise<ProcessExit>;
  /** SIGKILL, and waits until it is gone. Gone already is a success. */
  kill(process: ProcessRef): Promise<void>;
  /** Removes sockets and what else the VMM left under its runtime directory. */
  cleanUp(machine: { runtime: string }): Promise<void>;
}

/** What a driver must know of a VM. All of it derives from record and handles, so that a release finds the same names (ST-5). */
export interface RootDiskOf {
  readonly vmId: string;
  readonly imageId: string;
  readonly rootfs: string;
  /** The VM's own file. */
  readonly file: string;
  readonly uid: number;
  readonly gid: number;
}

/** How full the room for changes to a root disk is (DSK-3). */
export interface RootDiskUsage {
  readonly usedBytes: number;
  readonly totalBytes: number;
  /**
   * What `usedBytes` are of: a snapshot's room for changes, of which nothing comes back, and which is lost whole when the host's filesystem is
   * full; or blocks of a file, of which the guest's filesystem makes what it will, and which lose what is written then.
   */
  readonly room: "snapshot" | "file";
  /** The changes are lost, and the disk reads as errors. */
  readonly invalid: boolean;
  /** No room is left: what is there can be read, every write fails. */
  readonly full: boolean;
  /** Free space of the filesystem that the VM's own file lies on. Without it every fill level is the last one. */
  readonly hostFreeBytes: number;
}

/** Root disks of one kind (DSK-1, DSK-2). */
export interface RootDiskDriver {
  readonly kind: StorageKind;
  /** Whether it works in this state directory, tried, with the reason for a person. */
  available(stateDirectory: string): Promise<{ ok: boolean; reason: string }>;
  /** Bytes of free space that a create takes at once. */
  spaceNeeded(image: { rootfs: string }): Promise<number>;
  /** Once per VM: makes its own file with `overlaySizeBytes` of room for changes. Owned by uid, 0600. Named `target` when it is whole; removed again on failure. */
  create(disk: {
    rootfs: string;
    target: string;
    overlaySizeBytes: number;
    uid: number;
    gid: number;
  }): Promise<void>;
  /** After a create has answered, beside everything else: what makes the image's next one quicker. Never rejects. */
  prepareNext?(image: { rootfs: string }): Promise<void>;
  /**
   * At each start: makes what is true only while the VM runs, and names what the VMM opens. A failure leaves nothing. `made` is where the
   * VM's own file is only being made: what does not need it is made meanwhile, and its failure is this one's.
   */
  attach(disk: RootDiskOf, made?: Promise<void>): Promise<Pick<MachineDisks, "root" | "upper">>;
  /** Takes away what attach made. Idempotent. */
  detach(disk: RootDiskOf): Promise<void>;
  usage(disk: RootDiskOf): Promise<RootDiskUsage>;
  /** At the daemon's start: takes away what is of no known VM, made by an earlier daemon of this state directory. */
  sweep?(knownVmIds: ReadonlySet<string>): Promise<void>;
}

/** Work disks (DSK-4): the seed cloned (reflink where possible) and grown. One that is named `target` is whole, whenever a crash came. */
export interface WorkDisks {
  create(disk: { seed: string; target: string; sizeBytes: number; uid: number; gid: number }): Promise<void>;
  /** Makes the file longer by a hole; one that is as long already is left as it is. */
  grow(disk: { target: string; sizeBytes: number }): Promise<void>;
}
