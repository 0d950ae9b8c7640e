import type { DoctorCheck } from "../../domain/doctor.ts";
import { fail, pass } from "../check.ts";

/** DMN-5: until there is a helper that alone is root, the daemon is. */
export function checkUser(uid: number, stateDirectory: string): DoctorCheck {
  if (uid === 0) return pass("user", "running as root, as the daemon does");
  return fail("user", `running as uid ${uid}: the daemon needs root in this release`, {
    details: [`what is said below of files is about ${stateDirectory}; root's are others`],
    command: "sudo banger doctor",
  });
}
