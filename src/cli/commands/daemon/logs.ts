import { type Command, NO_POSITIONALS } from "../../command.ts";
import { followFile } from "../../follow-file.ts";

export const daemonLogs: Command = {
  path: "daemon logs",
  summary: "Print the daemon's log",
  description: ["One JSON object a line. It can be read while no daemon runs."],
  options: [{ name: "follow", short: "f", kind: "flag", describe: "go on with what comes" }],
  positionals: NO_POSITIONALS,
  examples: [["banger daemon logs -f", ""]],
  async run(context, { flags }) {
    await followFile(context, context.daemon.logFile, flags.has("follow"));
    return 0;
  },
};
