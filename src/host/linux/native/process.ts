/** native/src/process. */
export interface ProcessAddon {
  processSignal(pid: number, startTimeTicks: bigint, signal: number): Promise<void>;
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
