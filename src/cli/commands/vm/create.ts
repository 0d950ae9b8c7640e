import type { VmCreated } from "../../../rpc/contract.ts";
import { type Command, JSON_OPTION, NO_POSITIONALS, QUIET_OPTION } from "../../command.ts";
import { CREATE_OPTIONS, createParamsOf } from "../../create-options.ts";
import { print, printJson } from "../../output.ts";
import { sanitize } from "../../render/sanitize.ts";
import { createVm } from "../../vm-creation.ts";

export const vmCreate: Command = {
  path: "vm create",
  summary: "Create a VM and boot it",
  description: [
    "Makes a VM, boots it, waits until its guest answers, and prints its name.",
    "Ctrl-C cancels: all that was made is removed again. With --detach it goes on by itself: what is printed is the id for `banger operation watch` and `banger operation cancel`.",
  ],
  options: [
    ...CREATE_OPTIONS,
    { name: "no-start", kind: "flag", describe: "make it, but do not boot it" },
    {
      name: "detach",
      short: "d",
      kind: "flag",
      describe: "begin, print the operation's id, and do not wait",
    },
    QUIET_OPTION,
    JSON_OPTION,
  ],
  positionals: NO_POSITIONALS,
  examples: [
    ["banger vm create --name web --memory 2G", ""],
    ["banger vm exec $(banger vm create) -- uname -a", "its name is all that goes to stdout"],
  ],
  async run(context, args) {
    const params = {
      ...createParamsOf(args),
      ...(args.flags.has("no-start") ? { noStart: true } : {}),
    };
    if (args.flags.has("detach")) {
      const begun = await context.withDaemon((client) => client.call("vm.create", params));
      if (args.flags.has("json")) await printJson(context, begun);
      else await print(context, `${begun.operationId}\n`);
      return 0;
    }
    const quiet = args.flags.has("quiet");
    const vm = await context.withDaemon<VmCreated>((client) => createVm(context, client, params, { quiet }));
    if (args.flags.has("json")) await printJson(context, vm);
    else await print(context, `${sanitize(quiet ? vm.id : vm.name)}\n`);
    return 0;
  },
};
