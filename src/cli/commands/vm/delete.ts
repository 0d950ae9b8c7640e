import { runBulk } from "../../bulk.ts";
import { type Command, JSON_OPTION, QUIET_OPTION, SOME_VMS } from "../../command.ts";

export const vmDelete: Command = {
  path: "vm delete",
  summary: "Delete VMs and their disks",
  description: [
    "Deletes each VM with all that belongs to it. One that runs is refused, unless with --force.",
  ],
  options: [
    { name: "force", short: "f", kind: "flag", describe: "also what runs: it is killed first" },
    QUIET_OPTION,
    JSON_OPTION,
  ],
  positionals: SOME_VMS,
  examples: [
    ["banger vm rm -f web", "also while it runs"],
    ["banger vm rm -f $(banger vm list --all -q)", "all of them"],
  ],
  run: (context, args) => {
    const params = { refs: [...args.positionals], ...(args.flags.has("force") ? { force: true } : {}) };
    return runBulk(context, args, (client) => client.call("vm.delete", params));
  },
};
