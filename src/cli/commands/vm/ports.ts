import { type Command, JSON_OPTION, ONE_VM } from "../../command.ts";
import { print, printJson, say } from "../../output.ts";
import { portsTable } from "../../render/ports.ts";
import { sanitize } from "../../render/sanitize.ts";

export const vmPorts: Command = {
  path: "vm ports",
  summary: "Show what listens in a VM, and its published ports",
  description: [
    "Asks the guest which of its programs listen (TCP) or have a port (UDP). A TCP port is asked whether it speaks HTTP, by TLS or plain. What listens at the guest's loopback address alone is marked: this host does not reach it.",
    "Where ports are published (`-p` of `vm create`, `vm run` and `vm set`), PUBLISHED is this host's end of them.",
  ],
  options: [JSON_OPTION],
  positionals: ONE_VM,
  examples: [["banger vm ports web", ""]],
  async run(context, { flags, positionals }) {
    const ports = await context.withDaemon((client) =>
      client.call("vm.ports", { ref: positionals[0] as string }),
    );
    if (flags.has("json")) await printJson(context, ports);
    else await print(context, portsTable(ports, context.style.stdout));
    if (ports.state === "stopped")
      say(context, `${sanitize(ports.name)} is not running: nothing listens in it`);
    return 0;
  },
};
