import { runBulk } from "../../bulk.ts";
import { type Command, JSON_OPTION, QUIET_OPTION, SOME_VMS } from "../../command.ts";
import { STOP_TIMEOUT, stopTimeoutOf } from "./stop.ts";

export const vmRestart: Command = {
  path: "vm restart",
  summary: "Shut VMs down and boot them again",
  description: [
    "As `banger vm stop` and then `banger vm start`: files on the root and the work disk are still there.",
  ],
  options: [STOP_TIMEOUT, QUIET_OPTION, JSON_OPTION],
  positionals: SOME_VMS,
  examples: [["banger vm restart web", ""]],
  run: (context, args) => {
    const params = { refs: [...args.positionals], ...stopTimeoutOf(args) };
    return runBulk(context, args, (client) => client.call("vm.restart", params));
  },
};
