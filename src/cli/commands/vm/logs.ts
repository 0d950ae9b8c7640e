import { type Command, ONE_VM } from "../../command.ts";
import { writeAll } from "../../output.ts";

export const vmLogs: Command = {
  path: "vm logs",
  summary: "Print a VM's console",
  description: [
    "Prints what the guest's kernel and init wrote to the console, as it is.",
    "The VMM's own log is another file: `banger vm show` names it.",
  ],
  options: [
    { name: "follow", short: "f", kind: "flag", describe: "go on with what comes, until the VM ends" },
  ],
  positionals: ONE_VM,
  examples: [["banger vm logs -f web", ""]],
  async run(context, { flags, positionals }) {
    await context.withDaemon(async (client) => {
      const log = await client.logs(positionals[0] as string, { follow: flags.has("follow") });
      for await (const chunk of log) await writeAll(context.stdout, chunk as Buffer);
    });
    return 0;
  },
};
