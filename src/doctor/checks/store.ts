import type { DoctorCheck } from "../../domain/doctor.ts";
import { errorCode } from "../../shared/errors.ts";
import { failure, pass } from "../check.ts";

export interface StoreSummary {
  readonly vms: number;
  readonly images: number;
}

/** ST-3: missing on a fresh install is a pass; unreadable, foreign or of a newer banger is a fail. `read` never migrates. */
export function checkStore(file: string, read: () => StoreSummary | null): DoctorCheck {
  try {
    const found = read();
    if (found === null) return pass("store", `${file} will be created`);
    return pass("store", `${file}: ${found.vms} VMs, ${found.images} images`);
  } catch (error) {
    return failure("store", error, commandFor(file, errorCode(error)));
  }
}

function commandFor(file: string, code: string): { command?: string } {
  // The write-ahead log belongs to the database: without it a new one starts clean.
  const away = `for f in ${file} ${file}-wal ${file}-shm; do [ ! -e "$f" ] || mv "$f" "$f.broken"; done`;
  if (code === "ERR_STATE_CORRUPT" || code === "ERR_STATE_FOREIGN") return { command: away };
  return {};
}
