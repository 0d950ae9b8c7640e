import type { DoctorCheck } from "../../domain/doctor.ts";
import { failure, pass } from "../check.ts";

export interface ConfigOutcome {
  readonly file: string;
  readonly exists: boolean;
  /** What loading it threw, or null. */
  readonly error: unknown;
}

/** CFG-1. With errors in it the other checks go by the defaults. */
export function checkConfig({ file, exists, error }: ConfigOutcome): DoctorCheck {
  if (error !== null) {
    return failure("config", error, { details: ["what follows goes by the defaults instead"] });
  }
  return pass("config", exists ? file : `${file} is not there: everything is at its default`);
}
