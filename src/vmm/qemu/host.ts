import { constants } from "node:fs";
import { access, open, readFile, realpath } from "node:fs/promises";
import path from "node:path";
import type { Problem } from "../../domain/ports.ts";
import type { Accelerator } from "../../domain/vm.ts";

const PROGRAM = "qemu-system-x86_64";
const USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

/** Where QEMU is: the configured program, or the first on PATH. Null when there is none that can be executed. */
export async function findQemu(
  configured: string | null,
  searchPath: string | undefined,
): Promise<string | null> {
  const candidates =
    configured === null
      ? (searchPath ?? USUAL_PATH)
          .split(":")
          .filter(path.isAbsolute)
          .map((directory) => path.join(directory, PROGRAM))
      : [configured];
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      return await realpath(candidate);
    } catch {
      // The next directory.
    }
  }
  return null;
}

export function noQemu(configured: string | null): Problem {
  const where =
    configured === null
      ? `${PROGRAM} is not on PATH`
      : `qemu_bin is "${configured}", which cannot be executed`;
  const install = "`apt-get install qemu-system-x86` (Debian, Ubuntu), or set `qemu_bin`";
  return { code: "ERR_NO_QEMU", message: `QEMU is not there: ${where}`, next: install };
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

/** A `/dev/kvm` that opens is no proof: without vmx or svm no ordinary kernel boots on it (VMM-1). */
export async function pickAccelerator(
  kvmDevice: string,
  cpuinfo: string,
): Promise<{ kind: Accelerator; reason: string }> {
  if (!(await opens(kvmDevice))) return { kind: "tcg", reason: `${kvmDevice} cannot be opened` };
  if (!/^flags\s*:.*\b(vmx|svm)\b/m.test(cpuinfo)) {
    return { kind: "tcg", reason: `${kvmDevice} is there, but the CPU shows neither vmx nor svm` };
  }
  return { kind: "kvm", reason: `${kvmDevice} opens and the CPU has hardware virtualisation` };
}

/** Flags are the same on all CPUs; a large host's text has megabytes, of which the first CPU's part is enough. */
export async function firstCpuinfo(): Promise<string> {
  const text = await readFile("/proc/cpuinfo", "utf8");
  return text.slice(0, Math.max(0, text.indexOf("\n\n")) || text.length);
}

async function opens(device: string): Promise<boolean> {
  try {
    const file = await open(device, "r+");
    await file.close();
    return true;
  } catch {
    return false;
  }
}
