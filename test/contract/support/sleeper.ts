import type { ProcessSpawn } from "../../../src/host/host-ops.ts";

/** A process that stays until it is ended, with nothing but what every spawn must say; its uid is the test's own. */
export function sleeper(uid: number): ProcessSpawn {
  return {
    program: "/bin/sleep",
    argv: ["sleep", "1000"],
    env: {},
    cwd: "/",
    uid,
    gid: uid,
    umask: 0o77,
    fds: [],
  };
}
