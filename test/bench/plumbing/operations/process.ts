import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { ProcessRef } from "../../../../src/host/host-ops.ts";
import type { Bench, Operation } from "../operation.ts";
import { OWNER, type Place } from "../place.ts";

/**
 * A process without any right, started: until execve has succeeded in C and by the addon. Of a tool nobody learns when that is, so it is
 * timed to its end; the program, a static one, ends at once.
 */
export async function processOperations({ host, reference }: Bench, place: Place): Promise<Operation[]> {
  const source = path.join(place.directory, "end.c");
  const program = path.join(place.directory, "end");
  await writeFile(source, "int main(void) { return 0; }\n");
  execFileSync("gcc", ["-O2", "-static", "-s", "-o", program, source]);
  await host.file.chmod(program, 0o755);
  await host.file.chmod(place.directory, 0o755);
  const spec = { program, argv: [program], env: {}, cwd: "/", uid: OWNER, gid: OWNER, umask: 0o77, fds: [] };
  const born = new Map<string, ProcessRef>();
  return [
    {
      name: "process-spawn",
      prepare: async (run) => String(run),
      c: () => `spawn ${program} ${OWNER}`,
      addon: async (subject) => {
        born.set(subject, await host.process.spawn(spec));
      },
      tools: (tool) =>
        tool("setsid", "setpriv", `--reuid=${OWNER}`, `--regid=${OWNER}`, ...NO_RIGHTS, program),
      undo: async (subject, pid) => {
        const ref = born.get(subject);
        born.delete(subject);
        if (ref !== undefined) await host.process.wait(ref);
        else if (/^\d+$/.test(pid)) await reference.do(`reap ${pid}`);
      },
    },
  ];
}

const NO_RIGHTS = ["--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"];
