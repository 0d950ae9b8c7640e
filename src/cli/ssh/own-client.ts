import type { RpcClient } from "../../rpc/client.ts";
import { ExecSession } from "../../shared/exec/exec-session.ts";
import type { CliContext } from "../context.ts";
import { windowOf } from "../exec/options.ts";
import { runSession } from "../exec/session.ts";
import { usageError } from "../usage-error.ts";
import type { SshWords } from "./arguments.ts";

export interface OwnOptions {
  readonly user: string;
  /** A terminal was asked for (`-t`), or refused (`-T`); null: as ssh decides. */
  readonly tty: boolean | null;
}

/** What our own client knows of ssh's options. ERR_USAGE for any other. */
export function readOwnOptions(options: readonly string[]): OwnOptions {
  let user = "root";
  let tty: boolean | null = null;
  for (let at = 0; at < options.length; at += 1) {
    const option = options[at] as string;
    if (option === "-t" || option === "-tt") tty = true;
    else if (option === "-T") tty = false;
    else if (option === "-l") user = options[++at] ?? user;
    else if (option.startsWith("-l")) user = option.slice(2);
    else throw unknownOption(option);
  }
  return { user, tty };
}

function unknownOption(option: string): Error {
  return usageError(
    `no \`ssh\` is installed, and banger's own client does not know ${option}`,
    "`apt-get install openssh-client` brings it; -l, -t and -T work without",
  );
}

/** A session through the daemon, which speaks SSH for us; for the rest it is like one of `vm exec`. */
export async function runOwnClient(
  context: CliContext,
  open: (user: string) => ReturnType<RpcClient["ssh"]>,
  { options, command }: SshWords,
): Promise<number> {
  const own = readOwnOptions(options);
  const stream = await open(own.user);
  const interactive = context.stdin.isTTY === true && context.stdout.isTTY === true;
  const wantsTty = own.tty ?? (command.length === 0 && interactive);
  const tty = wantsTty ? { ...windowOf(context), term: context.env.TERM ?? "xterm" } : null;
  return runSession(context, new ExecSession(stream), { spec: { argv: command, tty }, timeoutMs: null });
}
