import type { Problem } from "../../domain/ports.ts";
import { findProgram, missingProgram, programFinder } from "../shared/host.ts";

const PROGRAM = "qemu-system-x86_64";

/** Where QEMU is: the configured program, or the first on PATH. Null when there is none that can be executed. */
export function findQemu(configured: string | null, searchPath: string | undefined): Promise<string | null> {
  return findProgram(PROGRAM, configured, searchPath);
}

/** As {@link findQemu}, for a daemon, which asks at each create. */
export function qemuFinder(
  configured: string | null,
  searchPath: string | undefined,
): () => Promise<string | null> {
  return programFinder(PROGRAM, configured, searchPath);
}

export function noQemu(configured: string | null): Problem {
  return missingProgram({
    code: "ERR_NO_QEMU",
    title: "QEMU",
    program: PROGRAM,
    setting: "qemu_bin",
    configured,
    next: "`apt-get install qemu-system-x86` (Debian, Ubuntu), or set `qemu_bin`",
  });
}
