import { type Command, ONE_VM } from "../../command.ts";
import { LOG_OPTIONS, logRequestOf } from "../../log-options.ts";
import { writeAll } from "../../output.ts";

export const vmLogs: Command = {
  path: "vm logs",
  summary: "Print a VM's console",
  description: [
    "Prints what the guest's kernel and init wrote to the console, as it is. With --follow it goes on with what comes, over stops and starts, until the VM is deleted.",
    "The VMM's own log is another file: `banger vm show` names it.",
  ],
  options: LOG_OPTIONS,
  positionals: ONE_VM,
  examples: [
    ["banger vm logs -f web", ""],
    ["banger vm logs -n 20 web", "its last 20 lines"],
  ],
  async run(context, args) {
    const { follow, tailLines } = logRequestOf(args);
    const options = { follow, ...(tailLines === null ? {} : { tailLines }) };
    await context.withDaemon(async (client) => {
      const log = await client.logs(args.positionals[0] as string, options);
      for await (const chunk of log) await writeAll(context.stdout, chunk as Buffer);
    });
    return 0;
  },
};
