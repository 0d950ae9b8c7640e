import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import type { HostOps } from "../../../host/host-ops.ts";

const SIGKILL = 9;
const WORD = "banger-kvm-probe";

/**
 * The name of this process's probes: their VMMs' command lines and their directories carry it, so that both are found when this process was
 * killed (ST-5). Pid and start time tell a probe whose maker is gone from one that another daemon or doctor is just making.
 */
export async function probeName(): Promise<string> {
  return `${WORD}-${process.pid}-${await startTime(process.pid)}`;
}

/** Ends the probes of processes that are gone, and removes their directories in `directory`. */
export async function sweepProbes(
  { process }: Pick<HostOps, "process">,
  uid: number,
  directory: string | null,
): Promise<void> {
  for (const found of await process.listByUid({ first: uid, last: uid })) {
    if (!(await isLeft(found.commandLine.join(" ")))) continue;
    await process.signal(found, SIGKILL);
    await process.wait(found);
  }
  if (directory === null) return;
  for (const name of await readdir(directory).catch(() => [])) {
    if (!name.startsWith(WORD) || !(await isLeft(name))) continue;
    await rm(path.join(directory, name), { recursive: true, force: true });
  }
}

async function isLeft(text: string): Promise<boolean> {
  const [, pid, start] = /banger-kvm-probe-(\d+)-(\d+)/.exec(text) ?? [];
  return pid !== undefined && (await startTime(Number(pid))) !== start;
}

/** Field 22 of /proc/pid/stat, in clock ticks since boot; null where there is no such process. */
async function startTime(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  // The command's name before it may hold spaces and brackets.
  return text === null ? null : (text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null);
}
