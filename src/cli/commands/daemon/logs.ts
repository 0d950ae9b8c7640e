import { access, constants } from "node:fs/promises";
import { BangerError, errorCode, errorMessage } from "../../../shared/errors.ts";
import { followFile } from "../../../shared/follow-file.ts";
import { type Command, NO_POSITIONALS } from "../../command.ts";
import { LOG_OPTIONS, logRequestOf } from "../../log-options.ts";
import { writeAll } from "../../output.ts";

export const daemonLogs: Command = {
  path: "daemon logs",
  summary: "Print the daemon's log",
  description: ["One JSON object a line. It can be read while no daemon runs."],
  options: LOG_OPTIONS,
  positionals: NO_POSITIONALS,
  examples: [
    ["banger daemon logs -f", ""],
    ["banger daemon logs -n 20", "its last 20 lines"],
  ],
  async run(context, args) {
    const file = context.daemon.logFile;
    await checkReadable(file);
    // The next daemon writes to it as well: only Ctrl-C ends this.
    const options = { ...logRequestOf(args), signal: new AbortController().signal, isLive: () => true };
    for await (const chunk of followFile(file, options)) await writeAll(context.stdout, chunk);
    return 0;
  },
};

/** ERR_NO_LOG. */
async function checkReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
  } catch (cause) {
    const missing = errorCode(cause) === "ENOENT";
    throw new BangerError(
      "ERR_NO_LOG",
      missing ? `there is no log yet: ${file}` : `${file} cannot be read: ${errorMessage(cause)}`,
      { next: missing ? "start the daemon: `banger daemon start`" : "run it as root, with sudo", cause },
    );
  }
}
