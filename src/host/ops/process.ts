import type { CapabilityName, Rlimit, RlimitName } from "./privileges.ts";

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
  /** What is there, opened without a wait: a FIFO that nobody writes is at its end. */
  | { target: number; kind: "file"; path: string; access: "read" | "readwrite" }
  /** Created 0600 with the process's uid and opened for append; ERR_HOST_INVALID when something else lies at the path. */
  | { target: number; kind: "log"; path: string }
  /**
   * A new FIFO at the path, 0600 and the process's uid's, open both ways and not blocking: without a reader, what does not fit is dropped.
   * What was there before is removed. It lasts until somebody removes it.
   */
  | { target: number; kind: "fifo"; path: string }
  /** A queue of an existing persistent TAP, attached by TUNSETIFF. */
  | { target: number; kind: "tap"; name: string }
  /** The same open file as descriptor `fd` of the caller (a pipe's end, a socket), which must stay open until `spawn` has settled. */
  | { target: number; kind: "inherit"; fd: number };

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

/** A process to start. Nothing is inherited but what is said here. */
export interface ProcessSpawn {
  /** Absolute path of the program, inside the jail where there is one. */
  program: string;
  argv: string[];
  env: Record<string, string>;
  cwd: string;
  uid: number;
  gid: number;
  /** Supplementary groups; none unless given. */
  groups?: number[];
  umask: number;
  /** setsid(2): no terminal, a session and process group of its own. True unless given. */
  session?: boolean;
  /** PR_SET_NO_NEW_PRIVS: no set-user-ID program gives it anything. True unless given. */
  noNewPrivileges?: boolean;
  /** What it keeps, in all five sets (ambient: Linux 4.3), so through execve for any uid too. None unless given. */
  capabilities?: CapabilityName[];
  /** Descriptors 0, 1 and 2 are /dev/null unless given. */
  fds: ProcessFd[];
  /** setrlimit(2); what is not named is the caller's. To raise a hard limit takes CAP_SYS_RESOURCE. */
  rlimits?: Partial<Record<RlimitName, Rlimit>>;
  jail?: JailMount[];
  /** chroot(2) into this directory of the host; `program` and `cwd` are inside it. Not together with a jail, which is the stronger one. */
  chroot?: string;
  /** A mount namespace of its own with a private copy of the caller's mounts: what either mounts later the other does not see. A jail has one anyway. */
  mountNamespace?: boolean;
  /** A named network namespace, of {@link NetnsOps}, to start in; TAPs among `fds` are looked for there. */
  netns?: string;
  /** A cgroup v2 directory made by `CgroupOps.create`; the process is born in it (CLONE_INTO_CGROUP, Linux 5.7). */
  cgroup?: string;
}

/** How a process ended. */
export interface ProcessExit {
  /** Exit status, or null when a signal ended it or when it was not our child. */
  code: number | null;
  /** Signal number, or null. */
  signal: number | null;
}

/**
 * Processes by clone3, execve and pidfds (linux/sched.h, https://man7.org/linux/man-pages/man2/clone3.2.html). Another uid, a jail and a cgroup need root:
 * ERR_HOST_PERMISSION.
 */
export interface ProcessOps {
  /**
   * clone3 + execve, unless asked otherwise with: own session, no_new_privs, all capabilities dropped (bounding and ambient too); and
   * never with a descriptor but `fds`, a signal ignored or blocked. Linux 5.9 (close_range), 5.12 with a jail.
   * Resolves after execve succeeded; a failure before that is the HostError of the step that failed.
   */
  spawn(spec: ProcessSpawn): Promise<ProcessRef>;
  /** Whether exactly this process exists and is not a zombie: pid, start time, boot id and uid all match. */
  isAlive(ref: ProcessRef): Promise<boolean>;
  /**
   * Waits by pidfd on a thread of its own; exit status only for our own children. Not alive resolves at once. Rejects with the signal's
   * reason when that is aborted: the process runs on, and others who wait for it still do.
   */
  wait(ref: ProcessRef, options?: { signal?: AbortSignal }): Promise<ProcessExit>;
  /**
   * pidfd_send_signal after an identity check; false when it is gone. What this HostOps started or waits for it knows by another uid too: a
   * set-user-ID program's. ERR_HOST_INVALID for what is no signal, ERR_HOST_PERMISSION.
   */
  signal(ref: ProcessRef, signal: number): Promise<boolean>;
  /** What it has used so far, all its threads together; null when it is gone. */
  usage(ref: ProcessRef): Promise<ProcessUsage | null>;
  /** Live processes whose uid lies in the range, with their command lines: what a crash may have left. */
  listByUid(range: { first: number; last: number }): Promise<(ProcessRef & { commandLine: string[] })[]>;
}

/** What a process has used. */
export interface ProcessUsage {
  /** User and system time since its start, in steps of a clock tick (10 ms). */
  cpuMicroseconds: bigint;
  /** Resident set. */
  rssBytes: bigint;
}
