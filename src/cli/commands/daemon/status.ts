import { buildInfo, buildTag } from "../../../shared/build-info.ts";
import { type Command, JSON_OPTION, NO_POSITIONALS } from "../../command.ts";
import { print, printJson } from "../../output.ts";
import { daemonDetails } from "../../render/daemon.ts";

export const daemonStatus: Command = {
  path: "daemon status",
  summary: "Show whether the daemon runs, and where its things are",
  description: ["Status 0 if it runs, 1 if not. It is never started for this."],
  options: [JSON_OPTION],
  positionals: NO_POSITIONALS,
  examples: [["banger daemon status --json", "for programs"]],
  async run(context, { flags }) {
    const { socket, logFile } = context.daemon;
    const client = await context.daemon.existing();
    if (client === null) {
      if (flags.has("json")) await printJson(context, { running: false, socket, log: logFile });
      else await print(context, `it does not run\nsocket:  ${socket}\nlog:     ${logFile}\n`);
      return 1;
    }
    try {
      const status = await client.call("daemon.status", {});
      if (flags.has("json")) await printJson(context, { running: true, ...status });
      else await print(context, daemonDetails(status, context.now(), buildTag(buildInfo)));
    } finally {
      await client.close();
    }
    return 0;
  },
};
