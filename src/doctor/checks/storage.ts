import type { DoctorCheck } from "../../domain/doctor.ts";
import { failure, pass } from "../check.ts";

export interface DriverWord {
  readonly kind: string;
  readonly ok: boolean;
  readonly reason: string;
}

/** DSK-2: which storage driver new VMs get and why, with what each of them says. */
export async function checkStorage(
  setting: string,
  words: readonly DriverWord[],
  pick: () => Promise<{ kind: string; reason: string }>,
): Promise<DoctorCheck> {
  const details = words.map(
    ({ kind, ok, reason }) => `${kind}: ${ok ? "works" : "does not work"}: ${reason}`,
  );
  try {
    const { kind, reason } = await pick();
    return pass("storage", `storage = "${setting}" gives ${kind}: ${reason}`, { details });
  } catch (error) {
    return failure("storage", error, { details });
  }
}
