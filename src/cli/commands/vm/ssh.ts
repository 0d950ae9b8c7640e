import type { SshTarget } from "../../../domain/ssh.ts";
import type { RpcClient } from "../../../rpc/client.ts";
import type { Command } from "../../command.ts";
import type { CliContext } from "../../context.ts";
import { WAIT_OPTION, waitOf } from "../../create-options.ts";
import { say } from "../../output.ts";
import { Interrupted, onEndSignals } from "../../signals.ts";
import { opensshArguments, type SshWords, splitSshWords } from "../../ssh/arguments.ts";
import { findOpenssh, runOpenssh } from "../../ssh/openssh.ts";
import { runOwnClient } from "../../ssh/own-client.ts";

/** ssh's own status for anything that went wrong before the command. */
const SSH_FAILED = 255;

export const vmSsh: Command = {
  path: "vm ssh",
  summary: "Open an SSH session in a VM that runs",
  description: [
    "OpenSSH's client on your terminal, with banger's key and banger's own known_hosts: the host key was made by banger, so that it is known before the first contact; another one is refused. Your ~/.ssh is neither read nor changed. Where no `ssh` is installed, a simpler client of banger's own serves.",
    "What follows the VM is ssh's: its options (-L, -A, -l user, …), then a command, which the guest's shell reads. It waits until the guest's sshd listens.",
    "The status is ssh's: the command's own, or 255 if ssh failed; 125 if banger itself failed. `banger vm exec` needs no sshd, and passes a command on word by word.",
  ],
  options: [WAIT_OPTION],
  positionals: { usage: "<vm>", min: 1, max: 1, completes: "vm", what: "a VM" },
  guestCommand: "after-first",
  guestUsage: "[--] [ssh option]… [command [argument]…]",
  passesStatus: true,
  examples: [
    ["banger vm ssh web", "a shell"],
    ["banger vm ssh web -- uptime", "a command"],
    ["banger vm ssh web -- -L 8080:localhost:80 -N", "port 80 of the guest on port 8080 here"],
  ],
  async run(context, args) {
    const ref = args.positionals[0] as string;
    const words = splitSshWords(args.guestCommand ?? []);
    const wait = waitOf(args) ?? "agent";
    const program = await findOpenssh(context.env);
    return context.withDaemon((client) => {
      const first = <T>(ask: (signal: AbortSignal) => Promise<T>) => interruptible(context, ask);
      return program === null
        ? runOwnClient(context, (user) => first((signal) => client.ssh(ref, user, { wait, signal })), words)
        : withOpenssh(context, client, program, words, () =>
            first((signal) => client.call("vm.ssh", { ref, waitFor: wait }, { signal })),
          );
    });
  },
};

/** The connection to the daemon is kept meanwhile: the VM is in use (VM-14). */
async function withOpenssh(
  context: CliContext,
  client: RpcClient,
  program: string,
  words: SshWords,
  ask: () => Promise<SshTarget>,
): Promise<number> {
  const target = await ask();
  await client.call("vm.hold", { ref: target.name });
  const status = await runOpenssh(context, program, opensshArguments(target, words));
  if (status === SSH_FAILED) say(context, failedText(target.name));
  return status;
}

function failedText(name: string): string {
  return [
    `banger: ssh ended with ${SSH_FAILED}, its status for a connection that failed (or the command's own)`,
    `  a host key that changed is not the one that banger gave ${name}: somebody else may be answering in its place`,
    `  a key that is refused: a guest gets yours when it starts, so \`banger vm restart ${name}\``,
  ].join("\n");
}

/** The wait for sshd can take long: a signal ends it. */
async function interruptible<T>(context: CliContext, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  let interrupted: Interrupted | null = null;
  const off = onEndSignals(context.signals, (signal) => {
    interrupted = new Interrupted(signal);
    abort.abort();
  });
  try {
    return await work(abort.signal);
  } catch (error) {
    throw interrupted ?? error;
  } finally {
    off();
  }
}
