import type { BulkResult, VmCreated } from "../../../rpc/contract.ts";
import { watchToEnd } from "../../../rpc/operations.ts";
import { showBulk } from "../../bulk.ts";
import { type Command, JSON_OPTION, ONE_OPERATION, QUIET_OPTION } from "../../command.ts";
import { progressOf } from "../../operation.ts";
import { print, printJson } from "../../output.ts";
import { SILENT } from "../../render/progress.ts";
import { sanitize } from "../../render/sanitize.ts";

export const operationWatch: Command = {
  path: "operation watch",
  summary: "Show an operation from its begin to its end",
  description: [
    "Shows its stages and prints its outcome, as the command that began it would. Ctrl-C ends the watching, not the operation.",
  ],
  options: [QUIET_OPTION, JSON_OPTION],
  positionals: ONE_OPERATION,
  examples: [["banger operation watch $(banger vm create --detach)", ""]],
  async run(context, args) {
    const progress = args.flags.has("quiet") ? SILENT : progressOf(context);
    const result = await context
      .withDaemon((client) =>
        watchToEnd<unknown>(client, args.positionals[0] as string, (event) => progress.event(event)),
      )
      .finally(() => progress.end());
    if (isBulk(result)) return showBulk(context, args, result.results);
    if (args.flags.has("json")) await printJson(context, result ?? null);
    else if (isNamed(result)) {
      await print(context, `${sanitize(args.flags.has("quiet") ? result.id : result.name)}\n`);
    }
    return 0;
  },
};

function isBulk(result: unknown): result is BulkResult {
  return typeof result === "object" && result !== null && "results" in result;
}

function isNamed(result: unknown): result is Pick<VmCreated, "id" | "name"> {
  return typeof result === "object" && result !== null && "id" in result && "name" in result;
}
