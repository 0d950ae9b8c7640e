import { type Command, JSON_OPTION, ONE_VM } from "../../command.ts";
import { print, printJson } from "../../output.ts";
import { vmDetails } from "../../render/vm.ts";

export const vmShow: Command = {
  path: "vm show",
  summary: "Show all about one VM",
  description: ["Shows what the VM is, how it runs, and where its disks and logs are."],
  options: [JSON_OPTION],
  positionals: ONE_VM,
  examples: [["banger vm show web --json", "for programs"]],
  async run(context, { flags, positionals }) {
    const vm = await context.withDaemon((client) =>
      client.call("vm.show", { ref: positionals[0] as string }),
    );
    if (flags.has("json")) await printJson(context, vm);
    else await print(context, vmDetails(vm, context.now(), context.style.stdout));
    return 0;
  },
};
