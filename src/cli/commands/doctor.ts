import { type Command, JSON_OPTION, NO_POSITIONALS } from "../command.ts";
import { print, printJson } from "../output.ts";
import { renderReport } from "../render/doctor.ts";

export const doctor: Command = {
  path: "doctor",
  summary: "Look at this host: what works, what does not, and what mends it",
  description: [
    "One line for each thing that banger needs. `warn` is something that works less well than it could; `fail` is something without which VMs do not run. Under it stands what mends it.",
    "Nothing is changed, and no daemon is started. The status is 1 if anything failed.",
  ],
  options: [JSON_OPTION],
  positionals: NO_POSITIONALS,
  examples: [
    ["banger doctor", ""],
    ["banger doctor --json", "for programs"],
  ],
  async run(context, { flags }) {
    const report = await context.daemon.examine();
    if (flags.has("json")) await printJson(context, report);
    else await print(context, renderReport(report, context.style.stdout, context.stdout.columns));
    return report.checks.some(({ status }) => status === "fail") ? 1 : 0;
  },
};
