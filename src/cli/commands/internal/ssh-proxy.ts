import type { Duplex } from "node:stream";
import type { Command } from "../../command.ts";
import type { CliContext } from "../../context.ts";
import { writeAll } from "../../output.ts";
import { vmNameOf } from "../../ssh/host-block.ts";

export const sshProxy: Command = {
  path: "internal ssh-proxy",
  summary: "Carry ssh's bytes to the sshd of a VM, for ssh's ProxyCommand",
  description: [
    "What `banger ssh-config` has ssh start. Its stdin and stdout are a connection to port 22 of the guest, made inside it by its agent. It waits until the guest's sshd listens.",
  ],
  options: [],
  positionals: { usage: "<name>.vm", min: 1, max: 1, completes: "none", what: "a host name" },
  examples: [["ssh -o ProxyCommand='banger internal ssh-proxy %h' web.vm", "by hand"]],
  async run(context, { positionals }) {
    const name = vmNameOf(positionals[0] as string);
    return context.withDaemon(async (client) => carry(context, await client.sshd(name)));
  },
};

/**
 * Until the guest's side ends: ssh's own end (it closes our stdin, and hangs us up) reaches the guest as a half-close, which makes sshd end
 * the connection.
 */
async function carry({ stdin, stdout }: CliContext, guest: Duplex): Promise<number> {
  stdin.on("error", () => guest.end());
  stdin.pipe(guest);
  for await (const chunk of guest) await writeAll(stdout, chunk as Buffer);
  return 0;
}
