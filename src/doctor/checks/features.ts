import type { DoctorCheck } from "../../domain/doctor.ts";
import type { Problem } from "../../domain/ports.ts";
import { fail, pass } from "../check.ts";

export interface Feature {
  /** The capability's: `work disk`. */
  readonly name: string;
  /** What keeps new VMs from having it here. */
  readonly problems: readonly Problem[];
}

/** DOC-1: the features of VMs that the host takes part in. A VM has all of them or is not made, so that one that fails is a failure. */
export function checkFeatures(features: readonly Feature[]): DoctorCheck {
  const names = (list: readonly Feature[]) => list.map(({ name }) => name).join(", ");
  const broken = features.filter(({ problems }) => problems.length > 0);
  const said = (what: "message" | "next") =>
    broken.flatMap(({ problems }) => problems.map((problem) => problem[what])).join("; ");
  if (broken.length === 0) return pass("features", `VMs have here: ${names(features)}`);
  const works = names(features.filter((each) => !broken.includes(each)));
  return fail("features", `VMs cannot be made, for want of: ${names(broken)} (${said("message")})`, {
    details: works === "" ? [] : [`these work: ${works}`],
    next: said("next"),
  });
}
