import type { PublishedPort } from "../../domain/published-port.ts";
import type { VmPublishedPort } from "./vm-ports.ts";

/** A VM in a list. */
export interface VmSummary {
  id: string;
  name: string;
  state: "creating" | "starting" | "running" | "stopping" | "stopped" | "deleting";
  image: string;
  kernel: string;
  /** What it runs with, if it runs. */
  vcpu: number;
  memoryMib: number;
  diskSizeBytes: number;
  address: string;
  /** What it may reach: nothing, the internet, or all that the host reaches. */
  net: "none" | "public" | "full";
  /** Names of VMs that it and they may talk to. */
  peers: string[];
  /** Ports of the host that lead to it while it runs; what listens there, `vm.ports` tells. */
  published: VmPublishedPort[];
  createdAt: string;
  /** Null unless running. */
  startedAt: string | null;
}

/** All that is known of one VM. */
export interface VmDetails extends VmSummary {
  /** What the next start takes, where it is something else. */
  atNextStart: { vcpu: number; memoryMib: number } | null;
  overlaySizeBytes: number;
  vmm: string;
  storage: string;
  accelerator: string | null;
  autoRemove: boolean;
  mac: string;
  pid: number | null;
  tap: string | null;
  directory: string;
  consoleLog: string;
  vmmLog: string;
  guest: { init: string; uptimeSeconds: number; agentBuild: string } | null;
  /** Null while it is being made or deleted. */
  rootDisk: VmDisk | null;
}

/** Result of the operation that `vm.create` and `vm.start` begin, per VM. */
export interface VmCreated {
  id: string;
  name: string;
  address: string;
  /** Of the host, as they are open now. */
  publish: PublishedPort[];
}

/** How full a disk is, and what is wrong with it. */
export interface VmDisk {
  /** `root`, `work` */
  name: string;
  /** Of the room for changes where the storage driver has such (`dm-snapshot`, `overlay`), else blocks on the host. */
  usedBytes: number;
  totalBytes: number;
  /** What was written is lost, and the disk reads as errors (DSK-3). */
  invalid: boolean;
  /** What is wrong with it, or about to be, in one sentence; null when all is well. */
  note: string | null;
}
