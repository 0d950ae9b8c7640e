import { runBulk } from "../../bulk.ts";
import { type Command, JSON_OPTION, QUIET_OPTION, SOME_VMS } from "../../command.ts";

export const vmStart: Command = {
  path: "vm start",
  summary: "Start stopped VMs",
  description: [
    "Boots each VM and waits until its agent answers. One that runs already is left as it is. Ctrl-C cancels: what it has booted is ended again.",
  ],
  options: [QUIET_OPTION, JSON_OPTION],
  positionals: SOME_VMS,
  examples: [["banger vm start web db", "both at once"]],
  run: (context, args) =>
    runBulk(context, args, (client) => client.call("vm.start", { refs: [...args.positionals] })),
};
