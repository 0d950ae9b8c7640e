import type { UndoScope } from "../shared/undo.ts";
import type { Problem } from "./ports.ts";
import type { VmHandles, VmPaths, VmRecord, VmSpec } from "./vm.ts";

/** A VM, as a hook gets it. */
export interface CapabilityVm {
  readonly vm: VmRecord;
  readonly paths: VmPaths;
  /** Whom the VMM runs as: the owner of what it opens. */
  readonly uid: number;
  readonly gid: number;
}

/** A VM that has ended. Of one whose deletion was interrupted there is no record any more: names derive from the handles (ST-5). */
export interface EndedVm {
  readonly vmId: string;
  readonly handles: VmHandles;
  readonly paths: VmPaths;
}

/** What a capability takes of its room on a disk (VM-12). */
export interface CapabilityUsage {
  /** For a table's head: `work`. */
  readonly name: string;
  readonly usedBytes: number;
  readonly totalBytes: number;
}

/**
 * A feature of VMs that the host takes part in (work disk, DNS, NAT), plugged into their lives. Hooks of a start run in the order in which
 * capabilities are composed, one after another; what they defer in the scope is undone, last first, should anything after it fail.
 * Hooks that release run in the reverse order, are called again after a failure or a crash, and must succeed where nothing is left to do.
 * A VM's lock is held around all of them but `usage`.
 */
export interface Capability {
  readonly name: string;
  /** What is missing on this host for a start with `spec` (VM-15); null: of a VM that is yet to be made, or (doctor) of any. */
  preflight?(at: CapabilityVm | null, spec: VmSpec | null): Promise<Problem[]>;
  /** Once per VM, after its record and directory are there; those of all capabilities at once. */
  create?(at: CapabilityVm, scope: UndoScope): Promise<void>;
  /** Whether what `create` makes is there and whole: a crash may have come in between. Rejects where that cannot be told now. */
  isWhole?(at: CapabilityVm): Promise<boolean>;
  /** At each start, before the VMM is spawned; at the first of all, `create` may still be at work. */
  beforeStart?(at: CapabilityVm, scope: UndoScope): Promise<void>;
  /** At each start, once the VMM runs; the guest may not answer yet. */
  afterStart?(at: CapabilityVm, scope: UndoScope): Promise<void>;
  /** At the end of a create without a start: what a VM has from its create on, and `afterStart` makes where there is one. */
  afterCreateStopped?(at: CapabilityVm): Promise<void>;
  /** A new daemon found the VM running: makes anew what was in the old one's memory. */
  adopt?(at: CapabilityVm): Promise<void>;
  /** After each end of the VMM, and after a start that failed: takes away what beforeStart and afterStart made. */
  afterStop?(ended: EndedVm): Promise<void>;
  /** When the VM is deleted, before its directory and its record go: takes away what `create` made outside of them. */
  delete?(at: CapabilityVm): Promise<void>;
  /** `vm set`: makes `next` true, or refuses, before it is recorded; resolves with it where it decided what `next` left open. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most of them decide nothing, and return nothing
  reconfigure?(at: CapabilityVm, next: VmSpec, running: boolean, scope: UndoScope): Promise<VmSpec | void>;
  usage?(at: CapabilityVm): Promise<CapabilityUsage>;
}
