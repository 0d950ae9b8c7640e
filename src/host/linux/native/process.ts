/** native/src/process. */
export interface ProcessAddon {
  processSignal(pid: number, startTimeTicks: bigint, signal: number): Promise<void>;
  /** `/proc/<pid>/stat`, `status` or `cmdline`, or the boot's id: the first MiB. A TypeError for any other file. */
  procRead(path: string): Promise<string>;
  ExitWatcher: new (
    onEnd: (id: bigint, reaped: boolean, code: number, signal: number) => void,
  ) => NativeExitWatcher;
}

export interface NativeSpawn {
  program: string;
  argv: string[];
  env: string[];
  cwd: string;
  uid: number;
  gid: number;
  umask: number;
  groups: number[];
  session: boolean;
  noNewPrivileges: boolean;
  /** Bit N: capability N is kept. */
  capabilities: bigint;
  fds: NativeFd[];
  rlimits: { name: string; soft: bigint; hard: bigint }[];
  ownMounts: boolean;
  jail: NativeMount[] | null;
  chroot: string | null;
  /** Path of a namespace; empty: the caller's. */
  netns: string;
  cgroup: string | null;
}

export interface NativeFd {
  target: number;
  kind: "null" | "file" | "log" | "fifo" | "tap" | "inherit";
  path: string;
  writable: boolean;
  /** Of `inherit`: the caller's descriptor. */
  source?: number;
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
