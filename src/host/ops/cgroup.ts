/** What a cgroup may use; what is not given is not limited by it. */
export interface CgroupLimits {
  /** Bytes: `memory.max`. At least 1. */
  memoryMaxBytes?: bigint;
  /** Processes and threads: `pids.max`. From 0 to 4194304 (PID_MAX_LIMIT). */
  pidsMax?: number;
  /** Hundredths of one CPU: 200 is two CPUs. `cpu.max`, over periods of 100 ms. At least 1. */
  cpuMaxPercent?: number;
}

/**
 * Control groups, version 2, by their files: https://docs.kernel.org/admin-guide/cgroup-v2.html. Needs root, or a delegated tree. A name is
 * one directory of `[A-Za-z0-9_-]`, at most 64 characters; others are ERR_HOST_INVALID.
 */
export interface CgroupOps {
  /** The writable cgroup v2 root under which banger may make leaves, or null: cgroup v1, read-only, or without cpu, memory and pids. */
  root(): Promise<string | null>;
  /**
   * Makes `<root>/banger/<name>` with limits and returns its path, for `ProcessSpawn.cgroup`. Existing is a success; limits are set again.
   * What fails leaves no new leaf. ERR_HOST_UNSUPPORTED where {@link root} is null; ERR_HOST_PERMISSION; ERR_HOST_INVALID for limits that are none.
   */
  create(name: string, limits: CgroupLimits): Promise<string>;
  /** CPU time in microseconds of all that ever ran in the leaf, exact (`cpu.stat`); null where there is no such leaf. */
  usage(name: string): Promise<{ cpuMicroseconds: bigint } | null>;
  /**
   * Ends all processes in it (cgroup.kill, Linux 5.14), waits until the kernel has taken them down, and removes it. Not there is a success.
   * ERR_HOST_BUSY when something in it does not end within a minute. An abort ends the wait: it rejects with the signal's reason, all in the
   * leaf is killed, and the next `delete` removes it.
   */
  delete(name: string, options?: { signal?: AbortSignal }): Promise<void>;
}
