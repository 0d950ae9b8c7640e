import { errorCode } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import type { Command } from "./command.ts";
import { findCommand, groups, shownCommands } from "./commands/index.ts";
import type { CliContext } from "./context.ts";
import { writeAll } from "./output.ts";
import { parseArgs } from "./parse.ts";
import { renderError } from "./render/error.ts";
import type { Style } from "./render/style.ts";
import { Interrupted } from "./signals.ts";
import { usageError } from "./usage-error.ts";

/** Docker's status for "banger itself failed" where a guest's status is passed on. */
const OWN_FAILURE = 125;
const USAGE_FAILURE = 2;
/** 128 + SIGPIPE: what a program ends with whose reader has gone. */
const BROKEN_PIPE = 141;

export interface MainIo {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly style: { readonly stdout: Style; readonly stderr: Style };
}

/** Runs one command line. Resolves with the exit status; never rejects. */
export async function main(
  contextOf: () => CliContext,
  args: readonly string[],
  io: MainIo,
): Promise<number> {
  let passesStatus = false;
  try {
    if (args[0] === "__complete") {
      const { complete } = await import("./completion/complete.ts");
      return await complete(contextOf(), args.slice(1));
    }
    const found = findCommand(args);
    if (found === null) return await withoutCommand(args, io);
    const command = await found.entry.load();
    passesStatus = command.passesStatus === true;
    const parsed = parseArgs(command, args.slice(found.words));
    if (parsed.flags.has("help")) return await showCommandHelp(command, found.entry.paths, io);
    return await command.run(contextOf(), parsed);
  } catch (error) {
    return failed(error, { io, passesStatus, debug: wantsDebug(args) });
  }
}

function failed(error: unknown, where: { io: MainIo; passesStatus: boolean; debug: boolean }): number {
  if (error instanceof Interrupted) return error.status;
  if (errorCode(error) === "EPIPE") return BROKEN_PIPE;
  where.io.stderr.write(renderError(error, where.io.style.stderr, where.debug));
  if (where.passesStatus) return OWN_FAILURE;
  return errorCode(error) === "ERR_USAGE" ? USAGE_FAILURE : 1;
}

/** Looked up in the raw words, since an error of parsing wants its stack shown as well. */
function wantsDebug(args: readonly string[]): boolean {
  const dashes = args.indexOf("--");
  return (dashes === -1 ? args : args.slice(0, dashes)).includes("--debug");
}

/** Help, or what is wrong with the first words. */
async function withoutCommand(args: readonly string[], io: MainIo): Promise<number> {
  const words = args[0] === "help" ? args.slice(1) : args.filter((arg) => arg !== "--help" && arg !== "-h");
  const asked = words.length < args.length;
  const target = asked ? findCommand(words) : null;
  if (target !== null) return showCommandHelp(await target.entry.load(), target.entry.paths, io);
  const [group, verb] = words;
  if (group === undefined || (verb === undefined && groups().includes(group))) {
    const { renderOverview } = await import("./help.ts");
    const text = await renderOverview(group ?? null, asked ? io.style.stdout : io.style.stderr);
    await writeAll(asked ? io.stdout : io.stderr, text);
    return asked ? 0 : USAGE_FAILURE;
  }
  throw unknownCommand(words);
}

function unknownCommand(words: readonly string[]): Error {
  const [first = "", second = ""] = words;
  const all = shownCommands().flatMap(({ paths }) => paths);
  if (first.startsWith("-")) {
    return usageError(`there is no option ${first}`, "`banger --help` lists the commands");
  }
  const inGroup = groups().includes(first);
  const meant = inGroup ? `${first} ${second}` : first;
  const guess =
    nearest(meant, all) ??
    nearest(first, groups()) ??
    all.find((path) => path === `vm ${first}` || path === `daemon ${first}`);
  const help = inGroup ? `\`banger ${first} --help\`` : "`banger --help`";
  return usageError(
    `there is no command "${meant}"`,
    guess === undefined || guess === null
      ? `${help} lists them`
      : `did you mean \`banger ${guess}\`? ${help} lists them`,
  );
}

async function showCommandHelp(command: Command, paths: readonly string[], io: MainIo): Promise<number> {
  const { renderCommandHelp } = await import("./help.ts");
  const wanted = command.options.some((option) => option.resolved !== undefined);
  const resolved = wanted ? await (await import("./defaults.ts")).resolvedDefaults(io.env) : null;
  await writeAll(io.stdout, renderCommandHelp(command, paths, resolved, io.style.stdout));
  return 0;
}
