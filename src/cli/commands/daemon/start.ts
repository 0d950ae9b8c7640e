import { type Command, NO_POSITIONALS } from "../../command.ts";
import { print } from "../../output.ts";

export const daemonStart: Command = {
  path: "daemon start",
  summary: "Start the daemon, unless it runs",
  description: [
    "Every command that needs the daemon starts it by itself; this is for whoever wants it up before.",
  ],
  options: [],
  positionals: NO_POSITIONALS,
  examples: [["banger daemon start", ""]],
  async run(context) {
    const { client, started } = await context.daemon.start();
    try {
      const { pid } = await client.call("daemon.status", {});
      await print(context, started ? `started (pid ${pid})\n` : `runs already (pid ${pid})\n`);
    } finally {
      await client.close();
    }
    return 0;
  },
};
