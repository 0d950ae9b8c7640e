/**
 * HostOps: the one door to everything that needs root (DMN-5). Every call is asynchronous, takes and returns plain data and
 * deterministic names, so that a small privileged helper can stand behind the same interface. Two implementations: `linux/`
 * (the native addon) and `fake/` (faults on demand); one contract suite runs against both.
 *
 * Every call rejects with a {@link HostError}. Releases are idempotent: releasing what is not there succeeds.
 *
 * Over 200 lines: it is one contract, read as a whole.
 */

/** errno-level failure of one kernel operation. `code` is stable; match on it, never on the message (STYLE rule 6). */
export interface HostErrorShape extends Error {
  /** One of `HostErrorCode` in host-error.ts. */
  readonly code: `ERR_HOST_${string}`;
  /** Node's convention: `EBUSY`, `ENOENT`, ... */
  readonly errnoCode: string;
  /** Negative errno, as in Node's own errors. */
  readonly errno: number;
  /** The call that failed: `ioctl(LOOP_CONFIGURE)`, `netlink(RTM_NEWROUTE)`, `clone3`. */
  readonly syscall: string;
  /** The path or kernel object that it was about. */
  readonly object: string;
}

export interface LoopAttach {
  backingFile: string;
  readOnly: boolean;
  /** At most 63 bytes; kept in `lo_file_name`, so that a crash leaves a loop that says whose it is (ST-5). */
  name: string;
  offsetBytes?: bigint;
  sizeLimitBytes?: bigint;
  /** Logical block size: 512, 1024, 2048 or 4096. */
  blockSize?: number;
  directIo?: boolean;
}

export interface LoopInfo {
  /** `/dev/loop7` */
  device: string;
  index: number;
  name: string;
  backingInode: bigint;
  backingDevice: bigint;
  offsetBytes: bigint;
  sizeLimitBytes: bigint;
  readOnly: boolean;
  autoclear: boolean;
  directIo: boolean;
}

export interface LoopOps {
  /** LOOP_CTL_GET_FREE + LOOP_CONFIGURE (Linux 5.8), retried on EBUSY (the race on GET_FREE). */
  attach(spec: LoopAttach): Promise<LoopInfo>;
  /**
   * LOOP_CLR_FD. A device that is not bound is a success. One that somebody still has open (a mount, a device-mapper table) stays
   * bound, with autoclear on, until that user closes it: there is no autoclear at attach, where nobody would hold it yet.
   */
  detach(device: string): Promise<void>;
  /** LOOP_GET_STATUS64, or null when nothing is bound. */
  status(device: string): Promise<LoopInfo | null>;
  /** All bound loop devices whose name starts with `namePrefix`. */
  list(namePrefix: string): Promise<LoopInfo[]>;
  /** LOOP_SET_CAPACITY: the backing file has grown. */
  refreshSize(device: string): Promise<void>;
}

/** One line of a device-mapper table; the lines follow each other without a gap. Sectors have 512 bytes. */
export type DmTarget =
  | { type: "linear"; lengthSectors: bigint; device: DmDevice; startSector: bigint }
  /** Reads as zeros, drops writes; for `error` both fail. */
  | { type: "zero" | "error"; lengthSectors: bigint }
  /**
   * Reads come from `origin` until written; changes go to `cow`. A persistent one keeps them there, and when `cow` is full, writes fail
   * and reads go on (`overflow`); a transient one is `invalid` then.
   */
  | {
      type: "snapshot";
      lengthSectors: bigint;
      origin: DmDevice;
      cow: DmDevice;
      persistent: boolean;
      chunkSectors: number;
    }
  /** Writes to the origin itself go by this, so that its snapshots keep what was. */
  | { type: "snapshot-origin"; lengthSectors: bigint; origin: DmDevice };

/** `7:3` (major:minor, needs no node), or the path of a node. */
export type DmDevice = string;

export interface DmCreate {
  /** At most 127 bytes, no slash. */
  name: string;
  /** At most 128 bytes; `BANGER-<name>` unless given. */
  uuid?: string;
  table: DmTarget[];
  readOnly: boolean;
}

export interface DmInfo {
  name: string;
  uuid: string;
  /** `253:3`. Holds where nobody makes nodes. */
  number: string;
  /** `/dev/dm-3`: devtmpfs's node, where there is one. */
  device: string;
  /** Tables and processes that have it open. */
  openCount: number;
  readOnly: boolean;
  suspended: boolean;
  /** It goes when its last user closes it. */
  deferredRemove: boolean;
}

export interface DmSnapshotStatus {
  type: "snapshot";
  lengthSectors: bigint;
  /** Of the COW device; `metadata` is part of `used`. Null when invalid, or over its size. */
  fill: { usedSectors: bigint; totalSectors: bigint; metadataSectors: bigint } | null;
  /** The kernel gave it up after an error of the COW device: for ever, reads fail too. */
  invalid: boolean;
  /** The COW device is full: writes fail, until it is activated again after it grew. */
  overflow: boolean;
}

export interface DmStatus extends DmInfo {
  /** `text` is the kernel's own, for targets that have no typed one. */
  targets: (DmSnapshotStatus | { type: string; lengthSectors: bigint; text: string })[];
}

export interface DmOps {
  /** Whether this kernel can do all targets of {@link DmTarget}, asked (which loads their modules), with the reason for a person. */
  available(): Promise<{ ok: boolean; reason: string }>;
  /**
   * DM_DEV_CREATE, DM_TABLE_LOAD and resume, or nothing. udev makes no links and probes nothing. ERR_HOST_EXISTS when the name or uuid is
   * taken; ERR_HOST_UNSUPPORTED where the kernel has no device-mapper.
   */
  create(spec: DmCreate): Promise<DmInfo>;
  /** Loads another table, that is in force from the next {@link resume} on. */
  load(name: string, table: DmTarget[], readOnly: boolean): Promise<void>;
  /** I/O waits from now on; what is under way ends first. */
  suspend(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  /**
   * Not there is a success. One that is open is ERR_HOST_BUSY, or, `deferred`, goes when its last user closes it; the answer says which.
   * A loop device under it that was detached meanwhile goes with it.
   */
  remove(name: string, options?: { deferred?: boolean }): Promise<"removed" | "deferred">;
  /** Null when there is none. */
  status(name: string): Promise<DmStatus | null>;
  /** The devices that its table holds, by number and as the kernel names them: `7:3`, `/dev/loop3`. ERR_HOST_NOT_FOUND. */
  dependencies(name: string): Promise<{ number: string; device: string }[]>;
  list(namePrefix: string): Promise<DmInfo[]>;
}

export interface TapCreate {
  /** At most 15 bytes. */
  name: string;
  /** Who may attach; always set, an unowned persistent TAP can be attached by any user. */
  ownerUid: number;
  /** `02:...`, six colon-separated octets; the kernel chooses one otherwise. */
  mac?: string;
}

export interface TapOps {
  /** A persistent TAP: IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, single queue, TUNSETOWNER, IPv6 off. A name that is taken is ERR_HOST_EXISTS. */
  create(spec: TapCreate): Promise<LinkInfo>;
}

export interface LinkInfo {
  name: string;
  index: number;
  mac: string;
  mtu: number;
  up: boolean;
  /** rtnetlink's IFLA_INFO_KIND: `tun`, `dummy`, `bridge`, `veth`, or null for a plain device. */
  kind: string | null;
  rxBytes: bigint;
  txBytes: bigint;
}

export interface LinkOps {
  list(namePrefix: string): Promise<LinkInfo[]>;
  get(name: string): Promise<LinkInfo | null>;
  setUp(name: string, up: boolean): Promise<void>;
  /** A dummy device; ERR_HOST_UNSUPPORTED where the kernel has none. */
  createDummy(name: string): Promise<LinkInfo>;
  delete(name: string): Promise<void>;
}

export interface AddressOps {
  /** Adds `172.30.0.1/32` to a link; already there is a success. */
  add(link: string, cidr: string): Promise<void>;
  /** All IPv4 addresses of the host, or of one link. */
  list(link?: string): Promise<{ link: string; cidr: string }[]>;
}

export interface RouteSpec {
  /** `172.30.0.2/32` */
  destination: string;
  link: string;
  /** Preferred source address. */
  source?: string;
}

export interface RouteInfo {
  /** `0.0.0.0/0` for the default route. */
  destination: string;
  link: string | null;
  gateway: string | null;
}

export interface RouteOps {
  /** Scope link, main table; the same route already there is a success. */
  add(route: RouteSpec): Promise<void>;
  delete(route: RouteSpec): Promise<void>;
  /** The IPv4 main table. */
  list(): Promise<RouteInfo[]>;
}

export interface NeighbourOps {
  /** A permanent entry, so that nobody waits for ARP of a guest that is not up. */
  set(entry: { link: string; address: string; mac: string }): Promise<void>;
}

export interface CloneResult {
  /** Bytes of data that were shared or copied; holes do not count. */
  dataBytes: bigint;
  method: "reflink" | "copy";
}

export interface CloneOps {
  /** FICLONE: `target` must not exist, and is removed again on failure. ERR_HOST_UNSUPPORTED where the filesystem cannot. */
  reflink(source: string, target: string): Promise<CloneResult>;
  /** Sparse copy by SEEK_DATA, SEEK_HOLE and copy_file_range. `target` must not exist, and is removed again on failure. */
  copy(source: string, target: string): Promise<CloneResult>;
  /** Whether FICLONE works between files of this directory: tried, not guessed from the filesystem's name. */
  canReflink(directory: string): Promise<boolean>;
}

/** Identity of a process that a pid alone does not give (VM-10). */
export interface ProcessRef {
  pid: number;
  /** Field 22 of /proc/pid/stat, in clock ticks since boot. */
  startTimeTicks: bigint;
  /** /proc/sys/kernel/random/boot_id */
  bootId: string;
  uid: number;
}

/** A descriptor that the new process gets; all others are closed. */
export type ProcessFd =
  | { target: number; kind: "null" }
  | { target: number; kind: "file"; path: string; access: "read" | "readwrite" }
  /** Created 0600 with the process's uid and opened for append; ERR_HOST_INVALID when something else lies at the path. */
  | { target: number; kind: "log"; path: string }
  /**
   * A new FIFO at the path, 0600 and the process's uid's, open both ways and not blocking: without a reader, what does not fit is dropped.
   * What was there before is removed. It lasts until somebody removes it.
   */
  | { target: number; kind: "fifo"; path: string }
  /** A queue of an existing persistent TAP, attached by TUNSETIFF. */
  | { target: number; kind: "tap"; name: string };

/** What the process sees as its filesystem: a tmpfs root of its own, in its own mount namespace, with only this in it. */
export type JailMount =
  | { kind: "bind"; source: string; target: string; readOnly: boolean }
  /** Bound where `source` exists, left out otherwise (`/lib64` on some systems). */
  | { kind: "bind-if-there"; source: string; target: string; readOnly: boolean }
  | { kind: "symlink"; source: string; target: string }
  /** Owned by the process's uid. Directories above a target are made as root's, 0755. */
  | { kind: "directory"; target: string; mode: number }
  /** A node of its own for the device behind `source`, 0600 and the process's: where the host's node is root's alone, a bind would not open. `/dev/NAME` of a block device needs no node there. */
  | { kind: "device"; source: string; target: string }
  /** 0700, owned by the process's uid. */
  | { kind: "tmpfs"; target: string; sizeBytes: number }
  /** Shows only the uid's own processes. */
  | { kind: "proc"; target: string };

export interface ProcessSpawn {
  /** Absolute path of the program, inside the jail where there is one. */
  program: string;
  argv: string[];
  env: Record<string, string>;
  cwd: string;
  uid: number;
  gid: number;
  umask: number;
  /** Descriptors 0, 1 and 2 are /dev/null unless given. */
  fds: ProcessFd[];
  /** setrlimit, by name: `nofile`, `core`, `fsize`, `memlock`. */
  rlimits?: Partial<Record<"nofile" | "core" | "fsize" | "memlock", bigint>>;
  jail?: JailMount[];
  /** A cgroup v2 directory made by {@link CgroupOps.create}; the process is born in it (CLONE_INTO_CGROUP, Linux 5.7). */
  cgroup?: string;
}

export interface ProcessExit {
  /** Exit status, or null when a signal ended it or when it was not our child. */
  code: number | null;
  /** Signal number, or null. */
  signal: number | null;
}

export interface ProcessOps {
  /**
   * clone3 + execve: own session, no_new_privs, all capabilities dropped (bounding and ambient too), no descriptor but `fds`.
   * Resolves after execve succeeded; a failure before that is the HostError of the step that failed.
   */
  spawn(spec: ProcessSpawn): Promise<ProcessRef>;
  /** Whether exactly this process exists and is not a zombie: pid, start time, boot id and uid all match. */
  isAlive(ref: ProcessRef): Promise<boolean>;
  /** Waits by pidfd on a thread of its own; exit status only for our own children. Not alive resolves at once. */
  wait(ref: ProcessRef): Promise<ProcessExit>;
  /** pidfd_send_signal after an identity check; false when it is gone. */
  signal(ref: ProcessRef, signal: number): Promise<boolean>;
  /** What it has used so far, all its threads together; null when it is gone. */
  usage(ref: ProcessRef): Promise<ProcessUsage | null>;
  /** Live processes whose uid lies in the range, with their command lines: what a crash may have left. */
  listByUid(range: { first: number; last: number }): Promise<(ProcessRef & { commandLine: string[] })[]>;
}

export interface ProcessUsage {
  /** User and system time since its start, in steps of a clock tick (10 ms). */
  cpuMicroseconds: bigint;
  /** Resident set. */
  rssBytes: bigint;
}

export interface CgroupLimits {
  memoryMaxBytes?: bigint;
  pidsMax?: number;
  /** Hundredths of one CPU: 200 is two CPUs. */
  cpuMaxPercent?: number;
}

export interface CgroupOps {
  /** The writable cgroup v2 root under which banger may make leaves, or null (cgroup v1, read-only). */
  root(): Promise<string | null>;
  /** Makes `<root>/banger/<name>` with limits and returns its path. Existing is a success; limits are set again. */
  create(name: string, limits: CgroupLimits): Promise<string>;
  /** CPU time of all that ever ran in the leaf, exact; null where there is no such leaf. */
  usage(name: string): Promise<{ cpuMicroseconds: bigint } | null>;
  /** cgroup.kill (Linux 5.14) and rmdir. */
  delete(name: string): Promise<void>;
}

export interface FileOps {
  /** A directory with exactly this owner and mode; refused (ERR_HOST_INVALID) unless a real directory, re-chmod'ed if loose (CFG-4). */
  ensureDirectory(path: string, owner: { uid: number; gid: number; mode: number }): Promise<void>;
  chown(path: string, uid: number, gid: number): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
}

export interface HostOps {
  readonly loop: LoopOps;
  readonly dm: DmOps;
  readonly tap: TapOps;
  readonly link: LinkOps;
  readonly address: AddressOps;
  readonly route: RouteOps;
  readonly neighbour: NeighbourOps;
  readonly clone: CloneOps;
  readonly process: ProcessOps;
  readonly cgroup: CgroupOps;
  readonly file: FileOps;
  /** Ends the threads that wait for processes; waits that are under way reject with ERR_HOST_CLOSED. */
  close(): Promise<void>;
}
