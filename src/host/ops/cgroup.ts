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
