import type { DoctorCheck } from "../../domain/doctor.ts";
import { type BuildInfo, buildTag } from "../../shared/build-info.ts";
import { failure, pass, warn } from "../check.ts";

/** The commit of a program that was not built (build-info.ts). */
const SOURCES = "sources";

/** The native addon, without which nothing of the kernel can be used (DMN-3: it is of the same build). */
export function checkAddon(read: () => BuildInfo, ours: BuildInfo): DoctorCheck {
  try {
    const tag = buildTag(read());
    if (ours.commit === SOURCES) return pass("addon", `host operations of build ${tag}, used by sources`);
    if (tag === buildTag(ours)) return pass("addon", `host operations of this build (${tag})`);
    return warn("addon", `the native addon is of another build: ${tag}, not ${buildTag(ours)}`, {
      next: "install banger anew, or `make build` where it was built from its sources",
    });
  } catch (error) {
    return failure("addon", error);
  }
}
