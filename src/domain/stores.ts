import type { ImageRecord, KernelRecord } from "./image.ts";
import type { StageProgress } from "./operation.ts";
import type { Place } from "./place.ts";
import type { HandlesOfRecord, VmHandles, VmPaths, VmRecord, VmSpec } from "./vm.ts";

/** What a new VM is reserved with, in one short transaction (VM-4 phase two). */
export interface VmReservation {
  readonly id: string;
  /** Undefined: one is made up (adjective-noun). */
  readonly name: string | undefined;
  readonly imageId: string;
  readonly imageName: string;
  readonly kernelName: string;
  readonly spec: VmSpec;
  readonly autoRemove: boolean;
  readonly createdAt: string;
  /** The first of them that is free is taken; otherwise the smallest slot and address. */
  readonly places?: readonly Place[];
}

/** Durable records of VMs. Synchronous: no transaction spans an await (ST-1). */
export interface VmStore {
  /** Allocates name, slot and address. ERR_NAME_TAKEN, ERR_BAD_NAME, ERR_NETWORK_FULL. */
  reserve(reservation: VmReservation): VmRecord;
  /** What the next reservations without `places` would get, in their order; fewer where fewer are free. */
  nextPlaces(count: number): Place[];
  /** Whether neither its slot nor its address is a VM's. */
  isFree(place: Place): boolean;
  /** Whether it is an address that a VM can have: `network_cidr` may have been another when it got it. */
  isOfNetwork(address: string): boolean;
  /** The VM, with another address where its own is of another network; null where there is none. ERR_NETWORK_FULL, ERR_NO_SPACE. */
  readdress(id: string): VmRecord | null;
  get(id: string): VmRecord | null;
  /** Newest last. */
  list(): VmRecord[];
  setDesired(id: string, desired: VmRecord["desired"]): void;
  /** ERR_NO_SPACE. */
  setSpec(id: string, spec: VmSpec): void;
  /** ISO 8601; null: never since it was made, or not there. */
  lastUsed(id: string): string | null;
  setLastUsed(id: string, at: string): void;
  setAutoRemove(id: string, autoRemove: boolean): void;
  delete(id: string): void;
}

export interface ImageStore {
  /** ERR_IMAGE_EXISTS when the name was taken meanwhile. */
  insert(image: ImageRecord): void;
  byName(name: string): ImageRecord | null;
  list(): ImageRecord[];
}

/** `handles.json` of one VM (ST-4). */
export interface HandlesStore {
  /** `known` stands in for what handles of an earlier build do not have; without it, what all VMs of such builds were. */
  read(paths: VmPaths, known?: HandlesOfRecord): Promise<VmHandles | null>;
  write(paths: VmPaths, handles: VmHandles): Promise<void>;
  remove(paths: VmPaths): Promise<void>;
}

export interface AssembleContext {
  readonly signal: AbortSignal;
  /** Runs one step under its name, with bytes where they are known. */
  stage<T>(name: string, body: (progress: StageProgress) => Promise<T>): Promise<T>;
}

/** Pulls what the catalog describes into the state directory; interrupted anywhere, it leaves nothing (IMG-3). */
export interface ImageLibrary {
  /** Entries of the catalog, pulled or not. */
  catalogImages(): { name: string; kernel: string; description: string }[];
  catalogKernels(): { name: string; distro: string; description: string }[];
  /** Assembles an image under a new id and publishes its directory. ERR_IMAGE_UNKNOWN. */
  pullImage(name: string, id: string, context: AssembleContext): Promise<ImageRecord>;
  /** ERR_KERNEL_UNKNOWN. */
  pullKernel(name: string, context: AssembleContext): Promise<KernelRecord>;
  /** Null when it is not here. */
  kernel(name: string): Promise<KernelRecord | null>;
  kernels(): Promise<KernelRecord[]>;
  imageManifest(image: ImageRecord): Promise<unknown>;
  kernelManifest(name: string): Promise<unknown>;
  imageDirectory(id: string): string;
  imageFiles(image: Pick<ImageRecord, "id">): { rootfs: string; seed: string };
  kernelFile(name: string): string;
  /** The initramfs for a kernel with this build's agent in it, made on first use. */
  initramfs(kernelName: string): Promise<string>;
}
