import type { ExecSpec } from "../../shared/exec/exec-spec.ts";
import type { OptionSpec, ParsedArgs } from "../command.ts";
import type { CliContext } from "../context.ts";
import { durationOf } from "../sizes.ts";
import { environmentOf } from "./environment.ts";

/** Options of the commands that run something in a guest; they mean what Docker's do. */
export const EXEC_OPTIONS: readonly OptionSpec[] = [
  {
    name: "env",
    short: "e",
    kind: "list",
    placeholder: "NAME[=VALUE]",
    describe: "set a variable; without a value, the host's",
    completes: "none",
  },
  {
    name: "env-file",
    kind: "list",
    placeholder: "FILE",
    describe: "read variables from a file",
    completes: "file",
  },
  {
    name: "user",
    short: "u",
    kind: "value",
    placeholder: "USER[:GROUP]",
    describe: "names or ids of the guest",
    default: "root",
    completes: "none",
  },
  {
    name: "workdir",
    short: "w",
    kind: "value",
    placeholder: "DIR",
    describe: "directory in the guest",
    default: "the user's home",
    completes: "none",
  },
  {
    name: "timeout",
    kind: "value",
    placeholder: "TIME",
    describe: "end the command after this time, such as 90s; the status is 124 then",
    completes: "none",
  },
  {
    name: "no-tty",
    short: "T",
    kind: "flag",
    describe: "no terminal for the command, also where stdin and stdout are one",
  },
  { name: "tty", short: "t", kind: "flag", describe: "a terminal for the command, also in a pipe" },
  {
    name: "interactive",
    short: "i",
    kind: "flag",
    describe: "nothing: stdin is always passed on (Docker's habit)",
  },
];

export const STATUS_TEXT =
  "The status is the command's own, 128+n if signal n ended it; 127 if there is no such program, 126 if it cannot be executed, 124 after --timeout, 125 if banger itself failed.";

/** What to run, and how long it may take. */
export interface ExecRequest {
  readonly spec: ExecSpec;
  readonly timeoutMs: number | null;
}

/** Reads the options; `argv` empty is the login shell. ERR_USAGE, ERR_ENV_FILE: before anything is made. */
export async function execRequestOf(
  context: CliContext,
  args: ParsedArgs,
  argv: readonly string[],
): Promise<ExecRequest> {
  const timeout = args.values.get("timeout");
  const env = await environmentOf(
    { files: args.lists.get("env-file") ?? [], entries: args.lists.get("env") ?? [] },
    context.env,
  );
  const spec: ExecSpec = {
    argv,
    env,
    cwd: args.values.get("workdir") ?? null,
    user: args.values.get("user") ?? null,
    tty: wantsTty(context, args) ? { ...windowOf(context), term: context.env.TERM ?? "xterm" } : null,
  };
  return { spec, timeoutMs: timeout === undefined ? null : durationOf("timeout", timeout) };
}

/** A command at a terminal gets a terminal; one in a pipe does not. */
function wantsTty({ stdin, stdout }: CliContext, { flags }: ParsedArgs): boolean {
  if (flags.has("no-tty")) return false;
  return flags.has("tty") || (stdin.isTTY === true && stdout.isTTY === true);
}

/** The terminal's size; some report none. */
export function windowOf({ stdout }: Pick<CliContext, "stdout">): { rows: number; cols: number } {
  return { rows: stdout.rows || 24, cols: stdout.columns || 80 };
}
