import type { CheckStatus, DoctorCheck } from "../domain/doctor.ts";
import { BangerError, errorMessage } from "../shared/errors.ts";

/** What beside status and message a check may have to say. */
export interface More {
  readonly details?: readonly string[];
  readonly next?: string | undefined;
  readonly command?: string | undefined;
}

function check(id: string, status: CheckStatus, message: string, more: More): DoctorCheck {
  const { details = [], next = null, command = null } = more;
  return { id, status, message, details, next, command };
}

export function pass(id: string, message: string, more: Pick<More, "details"> = {}): DoctorCheck {
  return check(id, "pass", message, more);
}

export function warn(id: string, message: string, more: More = {}): DoctorCheck {
  return check(id, "warn", message, more);
}

export function fail(id: string, message: string, more: More = {}): DoctorCheck {
  return check(id, "fail", message, more);
}

/** Something thrown, as what failed: its sentence and its next step. */
export function failure(id: string, error: unknown, more: More = {}): DoctorCheck {
  const next = error instanceof BangerError ? error.next : undefined;
  return fail(id, errorMessage(error), next === undefined ? more : { next, ...more });
}

/** A check that throws has not checked: that is a line of its own, and no end of the others. */
export async function guarded(
  id: string,
  body: () => DoctorCheck | Promise<DoctorCheck>,
): Promise<DoctorCheck> {
  try {
    return await body();
  } catch (error) {
    return failure(id, error);
  }
}
