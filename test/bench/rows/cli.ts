import { CLI, Sandbox } from "../../e2e/support/sandbox.ts";
import { timeProcess } from "../harness/process.ts";
import { type MeasuredRow, measuredRow } from "../harness/report.ts";
import { alternate } from "../harness/stats.ts";

const REFERENCE = "node -e 0";

function cliRow(
  name: string,
  args: readonly string[],
  runs: number,
  env: NodeJS.ProcessEnv,
): Promise<MeasuredRow> {
  const reference = () => timeProcess(process.execPath, ["-e", "0"], env);
  return alternate(runs, () => timeProcess(CLI, args, env), reference).then((samples) =>
    measuredRow({ name, reference: REFERENCE, unit: "ms" }, samples),
  );
}

/** What the CLI's start costs: alone, and with a question to a daemon that runs. */
export async function cliRows(runs: number): Promise<MeasuredRow[]> {
  const sandbox = await Sandbox.open({ empty: true });
  try {
    await sandbox.ok("daemon", "start");
    return [
      await cliRow("cli-version", ["version"], runs, sandbox.env),
      await cliRow("cli-vm-list", ["vm", "list"], runs, sandbox.env),
    ];
  } finally {
    await sandbox.close();
  }
}
