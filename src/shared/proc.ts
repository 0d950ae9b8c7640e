import { readFile } from "node:fs/promises";

/** Tells this boot of the host from all others. */
export async function readBootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
}

/** `123-4567`: this process by its pid and its start time, for the names of what it makes. {@link isMakerGone} */
export async function makerMark(): Promise<string> {
  return `${process.pid}-${await startTime(process.pid)}`;
}

/**
 * Whether the process whose {@link makerMark} follows `word` in a text has ended: what it made for a moment is left then, and what another
 * process is just using is not. Null where the text has no such mark.
 */
export async function isMakerGone(word: string, text: string): Promise<boolean | null> {
  const [, pid, start] = /^-?(\d+)-(\d+)/.exec(text.split(word)[1] ?? "") ?? [];
  return pid === undefined ? null : (await startTime(Number(pid))) !== start;
}

/** Field 22 of /proc/pid/stat, in clock ticks since boot; null where there is no such process. */
async function startTime(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  // The command's name before it may hold spaces and brackets.
  return text === null ? null : (text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null);
}
