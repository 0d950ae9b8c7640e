/** native/src/dm. */
export interface DmAddon {
  dmVersion(): Promise<[number, number, number]>;
  dmTargetVersion(type: string): Promise<NativeDmTargetVersion>;
  dmTargetVersions(): Promise<NativeDmTargetVersion[]>;
  dmList(): Promise<{ name: string; number: string }[]>;
  dmCreate(name: string, uuid: string): Promise<NativeDmDevice>;
  dmLoad(name: string, readOnly: boolean, table: NativeDmTarget[]): Promise<NativeDmDevice>;
  dmSuspend(name: string): Promise<NativeDmDevice>;
  dmResume(name: string): Promise<NativeDmDevice>;
  dmRemove(name: string, deferred: boolean): Promise<NativeDmDevice>;
  dmRename(name: string, newName: string): Promise<NativeDmDevice>;
  dmStatus(name: string): Promise<NativeDmDevice>;
  /** The live table itself, or its status. */
  dmTargets(name: string, table: boolean): Promise<(NativeDmDevice & { targets: NativeDmTarget[] }) | null>;
  dmDependencies(name: string): Promise<{ number: string; device: string }[]>;
  DmEventWatcher: new (
    onEvent: (id: bigint, error: Error | null, device: NativeDmDevice | null) => void,
  ) => NativeDmEventWatcher;
}

export interface NativeDmEventWatcher {
  watch(id: bigint, name: string, after: number | null): void;
  cancel(id: bigint): void;
  setRef(on: boolean): void;
  close(): void;
}

export interface NativeDmTargetVersion {
  name: string;
  version: [number, number, number];
}

export interface NativeDmDevice {
  name: string;
  uuid: string;
  major: number;
  minor: number;
  openCount: number;
  eventNumber: number;
  readOnly: boolean;
  suspended: boolean;
  active: boolean;
  deferredRemove: boolean;
}

/** A line of a table, or of its status. */
export interface NativeDmTarget {
  startSector: bigint;
  lengthSectors: bigint;
  type: string;
  params: string;
}
