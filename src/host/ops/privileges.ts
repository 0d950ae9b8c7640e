/** Capabilities by name, of linux/capability.h. https://man7.org/linux/man-pages/man7/capabilities.7.html */
export type CapabilityName =
  | "CAP_CHOWN"
  | "CAP_DAC_OVERRIDE"
  | "CAP_DAC_READ_SEARCH"
  | "CAP_FOWNER"
  | "CAP_FSETID"
  | "CAP_KILL"
  | "CAP_SETGID"
  | "CAP_SETUID"
  | "CAP_SETPCAP"
  | "CAP_LINUX_IMMUTABLE"
  | "CAP_NET_BIND_SERVICE"
  | "CAP_NET_BROADCAST"
  | "CAP_NET_ADMIN"
  | "CAP_NET_RAW"
  | "CAP_IPC_LOCK"
  | "CAP_IPC_OWNER"
  | "CAP_SYS_MODULE"
  | "CAP_SYS_RAWIO"
  | "CAP_SYS_CHROOT"
  | "CAP_SYS_PTRACE"
  | "CAP_SYS_PACCT"
  | "CAP_SYS_ADMIN"
  | "CAP_SYS_BOOT"
  | "CAP_SYS_NICE"
  | "CAP_SYS_RESOURCE"
  | "CAP_SYS_TIME"
  | "CAP_SYS_TTY_CONFIG"
  | "CAP_MKNOD"
  | "CAP_LEASE"
  | "CAP_AUDIT_WRITE"
  | "CAP_AUDIT_CONTROL"
  | "CAP_SETFCAP"
  | "CAP_MAC_OVERRIDE"
  | "CAP_MAC_ADMIN"
  | "CAP_SYSLOG"
  | "CAP_WAKE_ALARM"
  | "CAP_BLOCK_SUSPEND"
  | "CAP_AUDIT_READ"
  /** Linux 5.8. */
  | "CAP_PERFMON"
  /** Linux 5.8. */
  | "CAP_BPF"
  /** Linux 5.9. */
  | "CAP_CHECKPOINT_RESTORE";

/** Resources of setrlimit(2), without `RLIMIT_`. https://man7.org/linux/man-pages/man2/getrlimit.2.html */
export type RlimitName =
  /** Bytes of address space. */
  | "as"
  /** Bytes of a core file. */
  | "core"
  /** Seconds of CPU time. */
  | "cpu"
  /** Bytes of data segment. */
  | "data"
  /** Bytes of a file. */
  | "fsize"
  | "locks"
  /** Bytes locked in memory. */
  | "memlock"
  /** Bytes of POSIX message queues of its uid. */
  | "msgqueue"
  /** 20 less the lowest nice value. */
  | "nice"
  /** One more than the highest descriptor. */
  | "nofile"
  /** Threads of its uid. */
  | "nproc"
  | "rss"
  | "rtprio"
  /** Microseconds of real-time CPU without a wait. */
  | "rttime"
  | "sigpending"
  /** Bytes of the main thread's stack. */
  | "stack";

/** RLIM_INFINITY, or a number of the resource's unit. */
export type RlimitValue = bigint | "unlimited";

/** One value is both the soft and the hard limit. */
export type Rlimit = RlimitValue | { soft: RlimitValue; hard: RlimitValue };
