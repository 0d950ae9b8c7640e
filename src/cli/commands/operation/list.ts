import { type Command, JSON_OPTION, NO_POSITIONALS } from "../../command.ts";
import { print, printJson } from "../../output.ts";
import { operationTable } from "../../render/operation.ts";

export const operationList: Command = {
  path: "operation list",
  summary: "List what the daemon is doing",
  description: ["Shows operations that run, and those that ended in the last minute."],
  options: [{ name: "quiet", short: "q", kind: "flag", describe: "full ids only" }, JSON_OPTION],
  positionals: NO_POSITIONALS,
  examples: [["banger operation list", ""]],
  async run(context, { flags }) {
    const { operations } = await context.withDaemon((client) => client.call("operation.list", {}));
    if (flags.has("json")) await printJson(context, operations);
    else if (flags.has("quiet")) await print(context, operations.map(({ id }) => `${id}\n`).join(""));
    else await print(context, operationTable(operations, context.now(), context.style.stdout));
    return 0;
  },
};
