import type { DoctorCheck } from "../../domain/doctor.ts";
import { pass, warn } from "../check.ts";

/** A line of /proc/self/mountinfo whose filesystem is cgroup2. */
const CGROUP2 = /^(?:\S+ ){4}(\S+) (\S+) .*- cgroup2 /gm;

/** VMM-4: limits of memory, CPU and processes per VMM where cgroup v2 can be written; `root` is HostOps' answer. */
export function checkCgroup(root: string | null, mountinfo: string, uid: number): DoctorCheck {
  if (root !== null)
    return pass("cgroup", `cgroup v2 at ${root}: VMMs get limits of memory, CPU and processes`);
  const unlimited = "VMMs run without limits of memory, CPU and processes";
  // One may be mounted over another: the last is the one that is seen.
  const mount = [...mountinfo.matchAll(CGROUP2)].at(-1);
  if (mount === undefined) {
    return warn("cgroup", `cgroup v2 is not mounted: ${unlimited}`, {
      next: "boot with `systemd.unified_cgroup_hierarchy=1`, which is the default since Debian 11",
    });
  }
  const [, directory = "", options = ""] = mount;
  if (options.split(",").includes("ro")) {
    const command = `mount -o remount,rw ${directory}`;
    return warn("cgroup", `cgroup v2 at ${directory} is read-only: ${unlimited}`, { command });
  }
  if (uid !== 0)
    return warn("cgroup", `cgroup v2 at ${directory} is root's: not looked at`, {
      command: "sudo banger doctor",
    });
  return warn("cgroup", `cgroup v2 at ${directory} lacks the controllers cpu, memory or pids: ${unlimited}`, {
    next: "cgroup v1 has them: boot with `systemd.unified_cgroup_hierarchy=1`, which is the default since Debian 11",
  });
}
