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
