import type { ProcessExit } from "../../host/host-ops.ts";
import { BangerError } from "../../shared/errors.ts";
import { logTail } from "./log-tail.ts";

/** ERR_VMM_DIED with the tail of QEMU's log (VMM-3). */
export async function diedError(exit: ProcessExit, vmmLog: string): Promise<BangerError> {
  const how =
    exit.signal !== null
      ? `was ended by signal ${exit.signal}`
      : `ended with status ${exit.code ?? "unknown"}`;
  const tail = await logTail(vmmLog);
  // QEMU says at every start that it waits for the console's reader.
  const said = tail.split("\n").findLast((line) => line !== "" && !line.includes("info: QEMU waiting"));
  return new BangerError("ERR_VMM_DIED", `QEMU ${how} while it started${said ? `: ${said}` : ""}`, {
    next: `read ${vmmLog}`,
    details: { ...exit, vmmLog, logTail: tail },
  });
}

/** ERR_VMM_HUNG */
export function hungError(vmmLog: string, timeoutMs: number): BangerError {
  return new BangerError("ERR_VMM_HUNG", `QEMU did not complete its machine within ${timeoutMs / 1000} s`, {
    next: `read ${vmmLog}; the host may be out of memory`,
  });
}
