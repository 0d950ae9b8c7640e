import { runBulk } from "../../bulk.ts";
import { type Command, JSON_OPTION, QUIET_OPTION, SOME_VMS } from "../../command.ts";

export const vmKill: Command = {
  path: "vm kill",
  summary: "End VMs at once, as by pulling the plug",
  description: [
    "Kills each VM's VMM. What the guest has not written to its disks is lost; `banger vm stop` asks first.",
  ],
  options: [QUIET_OPTION, JSON_OPTION],
  positionals: SOME_VMS,
  examples: [["banger vm kill web", ""]],
  run: (context, args) =>
    runBulk(context, args, (client) => client.call("vm.kill", { refs: [...args.positionals] })),
};
