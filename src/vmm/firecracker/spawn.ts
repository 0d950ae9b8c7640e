import type { MachineSpec } from "../../domain/ports.ts";
import type { ProcessSpawn } from "../../host/host-ops.ts";
import { firecrackerJail, type Program } from "./jail.ts";
import { jailPaths, runtimeFile } from "./layout.ts";
import { PROGRAM } from "./problems.ts";

/** Of its log's FIFO, which it opens by name, in the process. */
const LOG_FD = 3;

/** The process of one machine; `config` is the file with its {@link machineConfig}. */
export function machineSpawn(machine: MachineSpec, program: Program, config: string): ProcessSpawn {
  const { runtime, vmmLog, uid, gid, cgroup } = machine;
  return {
    program: jailPaths.program,
    argv: [
      PROGRAM,
      // By which a stray process is told (ST-5).
      ...["--id", machine.vmId],
      ...["--api-sock", runtimeFile(jailPaths.runtime, "api")],
      ...["--config-file", jailPaths.machine],
      ...["--log-path", runtimeFile(jailPaths.runtime, "log"), "--level", "Info"],
    ],
    env: {},
    cwd: "/",
    uid,
    gid,
    umask: 0o077,
    fds: [
      { target: 1, kind: "fifo", path: runtimeFile(runtime, "console") },
      // Its last words when it ends.
      { target: 2, kind: "log", path: vmmLog },
      { target: LOG_FD, kind: "fifo", path: runtimeFile(runtime, "log") },
    ],
    // It makes its table of descriptors as large as the limit lets it.
    rlimits: { core: 0n, nofile: 2048n },
    jail: firecrackerJail({ ...machine, program, machine: config }),
    ...(cgroup === null ? {} : { cgroup }),
  };
}
