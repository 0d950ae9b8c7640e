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

/** A line of a table that {@link DmTarget} cannot say, in the kernel's words: another target, or options that are not ours. */
export interface DmOtherTarget {
  type: "other";
  /** `crypt` */
  target: string;
  lengthSectors: bigint;
  params: string;
}

/** `7:3` (major:minor, needs no node), or the path of a node. */
export type DmDevice = string;

/** A device to make (DM_DEV_CREATE, DM_TABLE_LOAD). */
export interface DmCreate {
  /** At most 127 bytes, no slash. */
  name: string;
  /** At most 128 bytes; `BANGER-<name>` unless given. */
  uuid?: string;
  table: DmTarget[];
  readOnly: boolean;
}

/** A device as DM_DEV_STATUS tells it. */
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
  /** Counts its events, for {@link DmOps.waitEvent}. 32 bits, from 0 on. */
  eventNumber: number;
}

/** `1.4.0` is `[1, 4, 0]`. */
export type DmVersion = readonly [major: number, minor: number, patch: number];

/** What this kernel's device-mapper is. */
export interface DmVersions {
  /** Of the interface: 4.48.0 in Linux 6.1. */
  interface: DmVersion;
  /** What is loaded; {@link DmOps.available} loads what {@link DmTarget} needs. */
  targets: { name: string; version: DmVersion }[];
}

/** What to wait for, and how long. */
export interface DmWait {
  /** Waits until the device's `eventNumber` is another one; unless given, than the one it has when the wait begins. */
  after?: number;
  /** Ends the wait, which rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** How full a snapshot is, in sectors of 512 bytes: https://docs.kernel.org/admin-guide/device-mapper/snapshot.html */
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

/** A device with the status of each line of its table (DM_TABLE_STATUS), in order. */
export interface DmStatus extends DmInfo {
  /** `text` is the kernel's own, for targets that have no typed one. */
  targets: (DmSnapshotStatus | { type: string; lengthSectors: bigint; text: string })[];
}

/**
 * Device-mapper: linux/dm-ioctl.h, https://docs.kernel.org/admin-guide/device-mapper/. By ioctl on /dev/mapper/control, without udev and
 * libdevmapper. Needs root, and Linux 5.5 (DM_GET_TARGET_VERSION). All throw ERR_HOST_PERMISSION; what makes or asks about the kernel
 * throws ERR_HOST_UNSUPPORTED where it has no device-mapper, and what looks or removes finds nothing there.
 */
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
  /** Puts the table that was loaded last in force, and lets I/O go on. ERR_HOST_NOT_FOUND; ERR_HOST_INVALID where what is below it is too small. */
  resume(name: string): Promise<void>;
  /**
   * Not there is a success. One that is open is ERR_HOST_BUSY, or, `deferred`, goes when its last user closes it; the answer says which.
   * A loop device under it that was detached meanwhile goes with it.
   */
  remove(name: string, options?: { deferred?: boolean }): Promise<"removed" | "deferred">;
  /** DM_DEV_RENAME; the uuid stays. Not found is ERR_HOST_NOT_FOUND, and a new name that is taken ERR_HOST_EXISTS. */
  rename(name: string, newName: string): Promise<void>;
  /** DM_LIST_VERSIONS. */
  versions(): Promise<DmVersions>;
  /** The table that is in force (DM_TABLE_STATUS), as {@link create} takes it; devices by number. Null when there is no such device. */
  table(name: string): Promise<(DmTarget | DmOtherTarget)[] | null>;
  /**
   * Waits for the next event of a device: an error of a mirror, a snapshot that becomes `invalid` (one that fills up to `overflow` is no
   * event to the kernel: ask its {@link status}). Resolves with the device as it is then; ERR_HOST_NOT_FOUND when it is not there, or no
   * more; ERR_HOST_CLOSED. All waits share one thread that polls /dev/mapper/control (DM_DEV_ARM_POLL, Linux 4.13), which is not
   * one of the four that calls share; a deferred removal is noticed within a second.
   */
  waitEvent(name: string, wait?: DmWait): Promise<DmInfo>;
  /** Null when there is none. */
  status(name: string): Promise<DmStatus | null>;
  /** The devices that its table holds, by number and as the kernel names them: `7:3`, `/dev/loop3`. ERR_HOST_NOT_FOUND. */
  dependencies(name: string): Promise<{ number: string; device: string }[]>;
  /** All devices whose name begins so; none where the kernel has no device-mapper. */
  list(namePrefix: string): Promise<DmInfo[]>;
}
