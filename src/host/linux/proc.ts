import { readdir } from "node:fs/promises";
import { hasErrno } from "../host-error.ts";
import type { ProcessUsage } from "../host-ops.ts";
import { toHostError } from "../native-error.ts";

/**
 * A whole file as text: one operation of the addon. Not node:fs, which makes four of it, and loses the descriptor of a file that is
 * being opened when its worker is ended.
 */
export type ReadFile = (path: string) => Promise<string>;

/** What /proc says about one process. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export interface ProcStat {
  /** `R`, `S`, ... `Z` is a zombie, `X` dead. */
  state: string;
  /** Clock ticks since boot. */
  startTimeTicks: bigint;
}

/** Clock ticks are 100 a second for user space, whatever the kernel's own rate (USER_HZ). */
const TICK_MICROSECONDS = 10_000n;

/** Fields 14 and 15, utime and stime, of /proc/pid/stat, and VmRSS of /proc/pid/status. Null for what has no memory any more. */
export function parseUsage(stat: string, status: string): ProcessUsage | null {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  const [user = "", system = ""] = [fields[11], fields[12]];
  if (rss === undefined || !/^\d+$/.test(user) || !/^\d+$/.test(system)) return null;
  return {
    cpuMicroseconds: (BigInt(user) + BigInt(system)) * TICK_MICROSECONDS,
    rssBytes: BigInt(rss) * 1024n,
  };
}

/** Fields 3 and 22. The command name before them may hold spaces and brackets: count from its last bracket. */
export function parseStat(text: string): ProcStat | null {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = "", start = ""] = [fields[0], fields[19]];
  return /^[A-Za-z]$/.test(state) && /^\d+$/.test(start) ? { state, startTimeTicks: BigInt(start) } : null;
}

/** The real uid of /proc/pid/status. Not the owner of /proc/pid: that is root for a process that is not dumpable. */
export function parseUid(status: string): number | null {
  const match = /^Uid:\s+(\d+)/m.exec(status);
  return match === null ? null : Number(match[1]);
}

/** A live process, or null: none, or a zombie. */
export async function readProcess(read: ReadFile, pid: number): Promise<(ProcStat & { uid: number }) | null> {
  const [stat, status] = await Promise.all([
    readOrNull(read, `/proc/${pid}/stat`),
    readOrNull(read, `/proc/${pid}/status`),
  ]);
  const parsed = stat === null ? null : parseStat(stat);
  const uid = status === null ? null : parseUid(status);
  if (parsed === null || uid === null || parsed.state === "Z" || parsed.state === "X") return null;
  return { ...parsed, uid };
}

export async function readUsage(read: ReadFile, pid: number): Promise<ProcessUsage | null> {
  const [stat, status] = await Promise.all([
    readOrNull(read, `/proc/${pid}/stat`),
    readOrNull(read, `/proc/${pid}/status`),
  ]);
  return stat === null || status === null ? null : parseUsage(stat, status);
}

export async function readCommandLine(read: ReadFile, pid: number): Promise<string[]> {
  return ((await readOrNull(read, `/proc/${pid}/cmdline`)) ?? "").split("\0").slice(0, -1);
}

export async function listPids(): Promise<number[]> {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
}

async function readOrNull(read: ReadFile, path: string): Promise<string | null> {
  try {
    return await read(path);
  } catch (error) {
    // ESRCH: it went away between open and read.
    if (hasErrno(toHostError(error, path), "ENOENT", "ESRCH")) return null;
    throw error;
  }
}
