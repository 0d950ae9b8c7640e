import path from "node:path";
import { mustRun } from "../../e2e/support/run.ts";
import { CLI } from "../../e2e/support/sandbox.ts";
import { timeProcess } from "../harness/process.ts";
import { type MeasuredRow, measuredRow } from "../harness/report.ts";
import { inTurns } from "../harness/stats.ts";
import type { ExecVm } from "./exec-vm.ts";

export const TRUE_ROWS = ["exec-true", "exec-true-warm", "exec-true-vm-ssh"] as const;
const PER_TURN = 5;

/**
 * `true` in a VM that runs, from the start of the program to its end: by the agent, by a cold ssh, by an ssh whose master connection is there
 * already, and by `vm ssh`.
 */
export async function trueRows({ sandbox, exec, ssh }: ExecVm, runs: number): Promise<MeasuredRow[]> {
  const nsenter = (args: string[]) => timeProcess("nsenter", args, sandbox.env);
  const socket = ["-o", `ControlPath=${path.join(sandbox.runtime, "master")}`];
  const enter = `--net=/run/netns/${sandbox.netns}`;
  await mustRun("nsenter", ssh([...socket, "-o", "ControlMaster=yes", "-o", "ControlPersist=yes"], "true"), {
    env: sandbox.env,
    // Its descendant keeps what it inherits.
    stdio: "ignore",
  });
  try {
    const samples = await inTurns(runs, PER_TURN, {
      agent: () => nsenter(exec("true")),
      cold: () => nsenter(ssh([], "true")),
      warm: () => nsenter(ssh(socket, "true")),
      vmSsh: () => nsenter([enter, CLI, "vm", "ssh", "bench", "--", "true"]),
    });
    const row = (name: string, subject: number[], reference: string, other: number[]) =>
      measuredRow({ name, reference, unit: "ms" }, { subject, reference: other });
    return [
      row("exec-true", samples.agent, "ssh, cold", samples.cold),
      row("exec-true-warm", samples.agent, "ssh, ControlMaster", samples.warm),
      row("exec-true-vm-ssh", samples.vmSsh, "ssh, cold", samples.cold),
    ];
  } finally {
    await mustRun("nsenter", [...ssh([...socket, "-O", "exit"], "true")], { env: sandbox.env });
  }
}
