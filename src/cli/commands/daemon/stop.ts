import { type Command, NO_POSITIONALS } from "../../command.ts";
import { print } from "../../output.ts";

export const daemonStop: Command = {
  path: "daemon stop",
  summary: "Stop the daemon; VMs run on",
  description: [
    "Ends the daemon and waits until it is gone. VMs that run go on, and the next daemon finds them. Published ports are closed until then: the daemon is what carries them.",
    "With no VM running nothing of banger stays in the kernel. Where the daemon was killed, one is started that takes away what is left.",
    "With an operation in flight it is refused, unless with --force: then the operation is cancelled.",
  ],
  options: [{ name: "force", short: "f", kind: "flag", describe: "also while an operation is in flight" }],
  positionals: NO_POSITIONALS,
  examples: [["banger daemon stop", ""]],
  async run(context, { flags }) {
    const running = await context.daemon.existing();
    if (running === null && !context.daemon.hasLeft()) {
      await print(context, "it does not run\n");
      return 0;
    }
    const client = running ?? (await context.daemon.start()).client;
    try {
      const { runningVms, publishedPorts = 0 } = await context.daemon.stop(client, {
        force: flags.has("force"),
      });
      const vms = runningVms === 1 ? "1 VM runs on" : `${runningVms} VMs run on`;
      const [was, took] =
        running === null ? ["it did not run", "; what it had left is taken away"] : ["stopped", ""];
      await print(context, `${was}${runningVms === 0 ? took : `; ${vms}${closed(publishedPorts)}`}\n`);
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
