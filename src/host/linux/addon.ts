import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildInfo } from "../../shared/build-info.ts";
import { HostError } from "../host-error.ts";

/** What native/src/napi/bindings registers: one function, one kernel operation. All arguments are checked again in C++. */
export interface Addon {
  /** What it was built from (DMN-3); empty texts where the build did not say. */
  readonly build: BuildInfo;

  reflinkFile(source: string, target: string): Promise<bigint>;
  copySparse(source: string, target: string): Promise<bigint>;

  loopGetFree(): Promise<number>;
  loopConfigure(spec: NativeLoopConfig): Promise<void>;
  loopStatus(device: string): Promise<NativeLoopStatus>;
  loopClear(device: string): Promise<void>;
  loopSetCapacity(device: string): Promise<void>;

  dmVersion(): Promise<[number, number, number]>;
  dmTargetVersion(type: string): Promise<NativeDmTargetVersion>;
  dmTargetVersions(): Promise<NativeDmTargetVersion[]>;
  dmList(): Promise<{ name: string; number: string }[]>;
  dmCreate(name: string, uuid: string): Promise<NativeDmDevice>;
  dmLoad(name: string, readOnly: boolean, table: NativeDmTarget[]): Promise<NativeDmDevice>;
  dmSuspend(name: string): Promise<NativeDmDevice>;
  dmResume(name: string): Promise<NativeDmDevice>;
  dmRemove(name: string, deferred: boolean): Promise<NativeDmDevice>;
  dmStatus(name: string): Promise<NativeDmDevice>;
  /** The live table itself, or its status. */
  dmTargets(name: string, table: boolean): Promise<NativeDmDevice & { targets: NativeDmTarget[] }>;
  dmDependencies(name: string): Promise<string[]>;

  tapCreate(name: string, ownerUid: number, mac: Uint8Array | null): Promise<void>;

  linkGet(name: string): Promise<NativeLink>;
  linkDump(): Promise<NativeLink[]>;
  linkSetUp(name: string, up: boolean): Promise<void>;
  linkCreate(name: string, kind: string): Promise<void>;
  linkDelete(name: string): Promise<void>;
  addressAdd(linkIndex: number, address: Uint8Array, prefixLength: number, object: string): Promise<void>;
  addressDump(): Promise<{ linkIndex: number; address: Uint8Array; prefixLength: number }[]>;
  routeAdd: NativeRouteChange;
  routeDelete: NativeRouteChange;
  routeDump(): Promise<NativeRoute[]>;
  neighbourSet(linkIndex: number, address: Uint8Array, mac: Uint8Array, object: string): Promise<void>;

  processSignal(pid: number, startTimeTicks: bigint, signal: number): Promise<void>;
  ExitWatcher: new (
    onEnd: (id: bigint, reaped: boolean, code: number, signal: number) => void,
  ) => NativeExitWatcher;
}

export interface NativeLoopConfig {
  device: string;
  backingFile: string;
  name: string;
  readOnly: boolean;
  directIo: boolean;
  offsetBytes: bigint;
  sizeLimitBytes: bigint;
  blockSize: number;
}

export interface NativeLoopStatus {
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

export interface NativeLink {
  name: string;
  index: number;
  mac: string;
  mtu: number;
  up: boolean;
  kind: string | null;
  rxBytes: bigint;
  txBytes: bigint;
}

export interface NativeRoute {
  address: Uint8Array;
  prefixLength: number;
  linkIndex: number;
  source: Uint8Array | null;
  gateway: Uint8Array | null;
}

type NativeRouteChange = (
  linkIndex: number,
  address: Uint8Array,
  prefixLength: number,
  source: Uint8Array | null,
  object: string,
) => Promise<void>;

export interface NativeSpawn {
  program: string;
  argv: string[];
  env: string[];
  cwd: string;
  uid: number;
  gid: number;
  umask: number;
  fds: { target: number; kind: "null" | "file" | "log" | "fifo" | "tap"; path: string; writable: boolean }[];
  rlimits: { name: string; value: bigint }[];
  jail: NativeMount[] | null;
  cgroup: string | null;
}

export interface NativeMount {
  kind: "bind" | "symlink" | "directory" | "device" | "tmpfs" | "proc";
  source: string;
  target: string;
  readOnly: boolean;
  optional: boolean;
  mode: number;
  sizeBytes: bigint;
}

export interface NativeExitWatcher {
  spawn(id: bigint, spec: NativeSpawn): Promise<{ pid: number; startTimeTicks: bigint }>;
  watch(id: bigint, pid: number, startTimeTicks: bigint): Promise<void>;
  setRef(on: boolean): void;
  close(): void;
}

/** The package's root: above `src/host/linux` as well as above the bundles in `build/lib`. */
function packageRoot(from: string): string | null {
  for (let directory = from; ; directory = path.dirname(directory)) {
    const manifest = path.join(directory, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "banger-vm")
      return directory;
    if (path.dirname(directory) === directory) return null;
  }
}

/** Loads the addon. ERR_HOST_ADDON when there is none or it does not load here. */
export function loadAddon(explicitPath?: string): Addon {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const root = packageRoot(here) ?? here;
  const file = path.resolve(explicitPath ?? path.join(root, "build/native/banger.node"));
  try {
    return createRequire(import.meta.url)(file) as Addon;
  } catch (cause) {
    throw new HostError({
      code: "ERR_HOST_ADDON",
      errnoCode: existsSync(file) ? "ENOEXEC" : "ENOENT",
      syscall: "dlopen",
      object: file,
      detail: existsSync(file) ? (cause as Error).message : "the native addon is not built",
      next: "compile it with `make build`",
      cause,
    });
  }
}
