import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** `NoNewPrivs` of /proc/pid/status, and the like. */
export function status(pid: number, field: string): string {
  const match = new RegExp(`^${field}:[ \\t]*(.*?) ?$`, "m").exec(
    readFileSync(`/proc/${pid}/status`, "utf8"),
  );
  if (match?.[1] === undefined) throw new Error(`no ${field} in the status of ${pid}`);
  return match[1];
}

/** Number to what it leads to. */
export function descriptors(pid: number): Record<number, string> {
  const directory = `/proc/${pid}/fd`;
  return Object.fromEntries(
    readdirSync(directory).map((fd) => [Number(fd), readlinkSync(`${directory}/${fd}`)]),
  );
}

/** Field `index` (from 1) of /proc/pid/stat. */
export function statField(pid: number, index: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[index - 3] ?? "";
}

/** Mount point and options of each mount that the process sees. */
export function mounts(pid: number | "self"): Map<string, string> {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, "utf8").trim().split("\n");
  return new Map(lines.map((line) => [line.split(" ")[4] ?? "", line.split(" ")[5] ?? ""]));
}

export function zombies(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return statField(pid, 4) === String(process.pid) && statField(pid, 3) === "Z";
      } catch {
        return false; // gone meanwhile
      }
    });
}

/** Until `sleep` has done with its libraries and sleeps: (clock_)nanosleep on x86-64 or arm64. */
export async function isAsleep(pid: number): Promise<void> {
  while (!/^(230|35|115|101) /.test(readFileSync(`/proc/${pid}/syscall`, "utf8"))) {
    await new Promise((done) => setTimeout(done, 1));
  }
}
