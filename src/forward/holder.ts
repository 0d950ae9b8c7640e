import { readdir, readFile, readlink } from "node:fs/promises";
import type { HostPort } from "../domain/published-port.ts";

/** A process of the host. */
export interface Holder {
  readonly pid: number;
  readonly process: string;
}

/**
 * Who listens on a port of the host, or has it bound: from /proc/net, whose sockets' inodes are looked for in /proc/<pid>/fd. Null where that
 * cannot be told. The address is not looked at: any process with the port is worth a name.
 */
export async function holderOf({ protocol, hostPort }: HostPort): Promise<Holder | null> {
  const inodes = new Set<string>();
  for (const family of ["", "6"]) {
    const text = await readFile(`/proc/net/${protocol}${family}`, "utf8").catch(() => "");
    for (const inode of inodesOf(text, protocol, hostPort)) inodes.add(`socket:[${inode}]`);
  }
  if (inodes.size === 0) return null;
  for (const pid of (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    if (!(await hasAnyOf(pid, inodes))) continue;
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
    return { pid: Number(pid), process: name.trim() };
  }
  return null;
}

/** Sockets of a /proc/net file that take what comes to a port: TCP ones that listen (0A), UDP ones that are not connected (07). */
export function inodesOf(text: string, protocol: "tcp" | "udp", port: number): string[] {
  const state = protocol === "tcp" ? "0A" : "07";
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return text.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const inode = fields[9];
    return fields[1]?.endsWith(end) === true && fields[3] === state && inode !== undefined ? [inode] : [];
  });
}

async function hasAnyOf(pid: string, links: ReadonlySet<string>): Promise<boolean> {
  const directory = `/proc/${pid}/fd`;
  for (const fd of await readdir(directory).catch(() => [])) {
    const target = await readlink(`${directory}/${fd}`).catch(() => "");
    if (links.has(target)) return true;
  }
  return false;
}
