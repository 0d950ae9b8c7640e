import { readdir } from "node:fs/promises";
import { hasErrno } from "../host-error.ts";
import type { ProcessUsage } from "../host-ops.ts";
import type { Addon, AtOnce } from "./addon.ts";
import { ask, askBoth, type Steps } from "./steps.ts";

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
export function* processOf(pid: number): Steps<(ProcStat & { uid: number }) | null> {
  const texts = yield* orNull(statAndStatus(pid));
  if (texts === null) return null;
  const [stat, uid] = [parseStat(texts[0]), parseUid(texts[1])];
  if (stat === null || uid === null || stat.state === "Z" || stat.state === "X") return null;
  return { ...stat, uid };
}

/** What a process has used; null for none, or one without memory. */
export function* usageOf(pid: number): Steps<ProcessUsage | null> {
  const texts = yield* orNull(statAndStatus(pid));
  return texts === null ? null : parseUsage(...texts);
}

/** Empty where there is no such process. */
export function* commandLineOf(pid: number): Steps<string[]> {
  const path = `/proc/${pid}/cmdline`;
  const text = yield* orNull(ask(path, (addon) => addon.procRead(path)));
  return (text ?? "").split("\0").slice(0, -1);
}

export async function listPids(): Promise<number[]> {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
}

// By the addon: node:fs makes four operations of it, and loses the descriptor of a file that is being opened when its worker is ended.
function statAndStatus(pid: number): Steps<[string, string]> {
  const read = (name: string) => (addon: Pick<AtOnce, "procRead"> | Pick<Addon, "procRead">) =>
    addon.procRead(`/proc/${pid}/${name}`);
  return askBoth(`pid ${pid}`, read("stat"), read("status"));
}

function* orNull<T>(steps: Steps<T>): Steps<T | null> {
  try {
    return yield* steps;
  } catch (error) {
    // ESRCH: it went away between open and read.
    if (hasErrno(error, "ENOENT", "ESRCH")) return null;
    throw error;
  }
}
