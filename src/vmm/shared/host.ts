import { open, readFile, realpath } from "node:fs/promises";
import type { Problem } from "../../domain/ports.ts";
import { canExecute, findOnPath } from "../../shared/find-program.ts";

const USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

/** Where a program is: as configured, or the first of its name on PATH, links resolved. Null when there is none that can be executed. */
export function findProgram(
  name: string,
  configured: string | null,
  searchPath: string | undefined,
): Promise<string | null> {
  return programFinder(name, configured, searchPath)();
}

/**
 * As {@link findProgram}, asked again and again: what was found is looked at each time, all of PATH only when it is gone, for a dozen
 * directories are a good part of a create. Not for a program that may be refused: a better one before it on PATH would not be seen.
 */
export function programFinder(
  name: string,
  configured: string | null,
  searchPath: string | undefined,
): () => Promise<string | null> {
  let last = configured;
  return async () => {
    let found = last !== null && (await canExecute(last)) ? last : null;
    if (found === null && configured === null) {
      found = await findOnPath(name, (searchPath ?? USUAL_PATH).split(":"));
      last = found;
    }
    // It may go while we look.
    return found === null ? null : realpath(found).catch(() => null);
  };
}

/** A program that {@link findProgram} did not find. */
export function missingProgram(wanted: {
  readonly code: `ERR_${string}`;
  /** For a person: `QEMU`. */
  readonly title: string;
  readonly program: string;
  /** The key of the configuration that names it. */
  readonly setting: string;
  readonly configured: string | null;
  readonly next: string;
}): Problem {
  const { code, title, program, setting, configured, next } = wanted;
  const where =
    configured === null
      ? `${program} is not on PATH`
      : `${setting} is "${configured}", which cannot be executed`;
  return { code, message: `${title} is not there: ${where}`, next };
}

/** The feature of the CPU that KVM's own modules need, by a text of /proc/cpuinfo; null where it shows neither. */
export function virtualisationOf(cpuinfo: string): "vmx" | "svm" | null {
  const flag = /^flags\s*:.*\b(vmx|svm)\b/m.exec(cpuinfo)?.[1];
  return flag === "vmx" || flag === "svm" ? flag : null;
}

/** Whether TAP devices can be made: /dev/net/tun opens. */
export async function tunProblem(device: string): Promise<Problem | null> {
  if (await opens(device)) return null;
  return {
    code: "ERR_NO_TUN",
    message: `${device} cannot be opened, so no VM can have a network`,
    next: "`modprobe tun`",
  };
}

/** Flags are the same on all CPUs; a large host's text has megabytes, of which the first CPU's part is enough. */
export async function firstCpuinfo(): Promise<string> {
  const text = await readFile("/proc/cpuinfo", "utf8");
  return text.slice(0, Math.max(0, text.indexOf("\n\n")) || text.length);
}

/** Whether a device opens for reading and writing. */
export async function opens(device: string): Promise<boolean> {
  try {
    const file = await open(device, "r+");
    await file.close();
    return true;
  } catch {
    return false;
  }
}
