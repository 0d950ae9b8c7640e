import type { ProcessExit } from "../../host/host-ops.ts";
import { BangerError } from "../../shared/errors.ts";
import { logTail } from "./log-tail.ts";

/** ERR_VMM_DIED with the tail of the VMM's log (VMM-3); `program` is its name for a person. */
export async function diedError(
  program: string,
  exit: ProcessExit,
  vmmLog: string,
  cause?: unknown,
): Promise<BangerError> {
  const how =
    exit.signal !== null
      ? `was ended by signal ${exit.signal}`
      : `ended with status ${exit.code ?? "unknown"}`;
  const tail = await logTail(vmmLog);
  const lines = tail.split("\n");
  // Firecracker goes on after its error; QEMU says at every start that it waits for the console's reader.
  const said =
    lines.findLast((line) => line.startsWith("Error: ")) ??
    lines.findLast((line) => line !== "" && !line.includes("info: QEMU waiting"));
  return new BangerError("ERR_VMM_DIED", `${program} ${how} while it started${said ? `: ${said}` : ""}`, {
    next: `read ${vmmLog}`,
    details: { ...exit, vmmLog, logTail: tail },
    cause,
  });
}

/** ERR_VMM_HUNG */
export function hungError(program: string, vmmLog: string, timeoutMs: number): BangerError {
  return new BangerError(
    "ERR_VMM_HUNG",
    `${program} did not complete its machine within ${timeoutMs / 1000} s`,
    { next: `read ${vmmLog}; the host may be out of memory` },
  );
}
