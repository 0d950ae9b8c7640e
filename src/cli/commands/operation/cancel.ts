import { BangerError } from "../../../shared/errors.ts";
import { type Command, ONE_OPERATION } from "../../command.ts";
import { print } from "../../output.ts";
import { sanitize } from "../../render/sanitize.ts";

export const operationCancel: Command = {
  path: "operation cancel",
  summary: "End an operation and undo what it made",
  description: ["Waits until everything is undone. Status 1 if it had ended already."],
  options: [],
  positionals: ONE_OPERATION,
  examples: [["banger operation cancel 3f9a", "the begin of its id is enough"]],
  async run(context, { positionals }) {
    const operationId = positionals[0] as string;
    const { cancelled } = await context.withDaemon((client) =>
      client.call("operation.cancel", { operationId }),
    );
    if (!cancelled) {
      throw new BangerError("ERR_OPERATION_ENDED", `operation ${sanitize(operationId)} has ended already`, {
        next: "`banger operation list` says how",
      });
    }
    await print(context, `${sanitize(operationId)}\n`);
    return 0;
  },
};
