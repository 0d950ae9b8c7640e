import type { Problem } from "../../domain/ports.ts";
import { findProgram } from "../shared/host.ts";

const PROGRAM = "qemu-system-x86_64";

/** Where QEMU is: the configured program, or the first on PATH. Null when there is none that can be executed. */
export function findQemu(configured: string | null, searchPath: string | undefined): Promise<string | null> {
  return findProgram(PROGRAM, configured, searchPath);
}

export function noQemu(configured: string | null): Problem {
  const where =
    configured === null
      ? `${PROGRAM} is not on PATH`
      : `qemu_bin is "${configured}", which cannot be executed`;
  const install = "`apt-get install qemu-system-x86` (Debian, Ubuntu), or set `qemu_bin`";
  return { code: "ERR_NO_QEMU", message: `QEMU is not there: ${where}`, next: install };
}
