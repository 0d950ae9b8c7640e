import { type Command, ONE_VM } from "../../command.ts";
import { WAIT_OPTION, waitOf } from "../../create-options.ts";
import { execInVm } from "../../exec/exec-in-vm.ts";
import { EXEC_OPTIONS, execRequestOf, STATUS_TEXT } from "../../exec/options.ts";

export const vmShell: Command = {
  path: "vm shell",
  summary: "Open a shell in a VM that runs",
  description: [
    "The user's login shell, in a terminal of its own that follows the window's size. In a pipe it reads commands from stdin.",
    STATUS_TEXT,
  ],
  options: [...EXEC_OPTIONS, WAIT_OPTION],
  positionals: ONE_VM,
  passesStatus: true,
  examples: [["banger vm shell web", ""]],
  async run(context, args) {
    const wait = waitOf(args);
    const request = await execRequestOf(context, args, []);
    const target = {
      ref: args.positionals[0] as string,
      debug: args.flags.has("debug"),
      ...(wait === undefined ? {} : { wait }),
    };
    return context.withDaemon((client) => execInVm(context, client, target, request));
  },
};
