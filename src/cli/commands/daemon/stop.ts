import { type Command, NO_POSITIONALS } from "../../command.ts";
import { print } from "../../output.ts";

export const daemonStop: Command = {
  path: "daemon stop",
  summary: "Stop the daemon; VMs run on",
  description: [
    "Ends the daemon and waits until it is gone. VMs that run go on, and the next daemon finds them. Published ports are closed until then: the daemon is what carries them.",
    "With an operation in flight it is refused, unless with --force: then the operation is cancelled.",
  ],
  options: [{ name: "force", short: "f", kind: "flag", describe: "also while an operation is in flight" }],
  positionals: NO_POSITIONALS,
  examples: [["banger daemon stop", ""]],
  async run(context, { flags }) {
    const client = await context.daemon.existing();
    if (client === null) {
      await print(context, "it does not run\n");
      return 0;
    }
    try {
      const { runningVms, publishedPorts = 0 } = await context.daemon.stop(client, {
        force: flags.has("force"),
      });
      const vms = runningVms === 1 ? "1 VM runs on" : `${runningVms} VMs run on`;
      await print(context, runningVms === 0 ? "stopped\n" : `stopped; ${vms}${closed(publishedPorts)}\n`);
    } finally {
      await client.close();
    }
    return 0;
  },
};

function closed(publishedPorts: number): string {
  if (publishedPorts === 0) return "";
  const ports = publishedPorts === 1 ? "1 published port is" : `${publishedPorts} published ports are`;
  return `; ${ports} closed until a daemon runs again`;
}
