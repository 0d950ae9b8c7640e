import { invalid } from "./host-error.ts";
import type { ProcessSpawn } from "./host-ops.ts";
import { checkNetnsName } from "./netns-name.ts";
import { capabilityMask, rlimitNumbers } from "./privilege-names.ts";

/** ERR_HOST_INVALID for paths that could mean another place than they say, for what contradicts itself, and for names and numbers that are none. */
export function checkSpawn(spec: ProcessSpawn): void {
  checkPath("program", spec.program);
  if (spec.cwd !== "/") checkPath("cwd", spec.cwd);
  for (const mount of spec.jail ?? []) {
    checkPath("a target in the jail", mount.target);
    if (mount.kind === "bind" || mount.kind === "bind-if-there" || mount.kind === "device") {
      checkPath("a source of the jail", mount.source);
    }
  }
  if (spec.chroot !== undefined) checkPath("chroot", spec.chroot);
  if (spec.chroot !== undefined && spec.jail !== undefined)
    throw invalid("spawn", spec.program, "a process has a jail or a chroot, not both");
  if (spec.netns !== undefined) checkNetnsName(spec.netns);
  capabilityMask(spec.capabilities ?? []);
  for (const [name, limit] of Object.entries(spec.rlimits ?? {})) rlimitNumbers(name, limit);
}

/** Absolute, without empty parts, `.` and `..`; not the root itself. */
function checkPath(what: string, path: string): void {
  const [first, ...parts] = path.split("/");
  const normal =
    first === "" && parts.length > 0 && parts.every((part) => part !== "." && part !== ".." && part !== "");
  if (!normal) throw invalid("spawn", path, `${what} must be an absolute, normal path`);
}
