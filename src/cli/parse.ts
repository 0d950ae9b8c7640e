import yargsParser from "yargs-parser/browser";
import type { BangerError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import type { Command, OptionSpec, ParsedArgs } from "./command.ts";
import { usageError } from "./usage-error.ts";

/** Options that every command has. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { name: "help", short: "h", kind: "flag", describe: "show this help" },
  { name: "debug", kind: "flag", describe: "show the stack of an error" },
];

/** yargs' conveniences would change what was written (`--no-tty`, `A.b=1`, `007`), so they are off. */
const CONFIGURATION = {
  "boolean-negation": false,
  "camel-case-expansion": false,
  "dot-notation": false,
  "duplicate-arguments-array": true,
  "greedy-arrays": false,
  "parse-numbers": false,
  "parse-positional-numbers": false,
  "populate--": true,
} as const;

/**
 * Parses what follows the command's own words. ERR_USAGE for unknown options (with the nearest known one), missing values and too many
 * or too few arguments.
 */
export function parseArgs(command: Command, args: readonly string[]): ParsedArgs {
  const options = [...command.options, ...GLOBAL_OPTIONS];
  const split = splitGuestCommand(command, options, args);
  const raw = parse(options, split.own);
  checkKnown(command, options, raw);
  const parsed = collect(options, raw, split.guestCommand);
  if (!parsed.flags.has("help")) checkPositionals(command, parsed);
  return parsed;
}

interface Raw {
  readonly positionals: readonly string[];
  readonly values: ReadonlyMap<string, string[]>;
}

/** Splits off the guest's command, whose options are not ours to read. */
function splitGuestCommand(
  command: Command,
  options: readonly OptionSpec[],
  args: readonly string[],
): { own: readonly string[]; guestCommand: readonly string[] | null } {
  const dashes = args.indexOf("--");
  if (command.guestCommand === undefined) return { own: args, guestCommand: null };
  const before = dashes === -1 ? args : args.slice(0, dashes);
  const after = dashes === -1 ? null : args.slice(dashes + 1);
  if (command.guestCommand === "after-dashes") return { own: before, guestCommand: after };
  const first = firstPositional(options, args);
  const next = args[first + 1];
  // `exec web -u app -- id`: options of ours may also stand between the VM and the dashes.
  const oursFollow = dashes !== -1 && next?.startsWith("-") === true;
  if (first === -1 || next === undefined || first > (dashes === -1 ? args.length : dashes) || oursFollow) {
    return { own: before, guestCommand: after };
  }
  return { own: args.slice(0, first + 1), guestCommand: args.slice(first + 1) };
}

/** Index of the first argument that is neither an option nor an option's value, or -1. */
function firstPositional(options: readonly OptionSpec[], args: readonly string[]): number {
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] as string;
    if (arg === "--") return -1;
    if (!arg.startsWith("-") || arg === "-") return index;
    if (takesNext(options, arg)) index += 1;
  }
  return -1;
}

function takesNext(options: readonly OptionSpec[], arg: string): boolean {
  if (arg.includes("=")) return false;
  const option = arg.startsWith("--")
    ? options.find(({ name }) => name === arg.slice(2))
    : options.find(({ short }) => short === arg.at(-1) && groupTakesLast(options, arg));
  return option !== undefined && option.kind !== "flag";
}

/** In `-itu` only the last letter may take a value from the next argument; `-uroot` has its own. */
function groupTakesLast(options: readonly OptionSpec[], group: string): boolean {
  const letters = [...group.slice(1)];
  return letters
    .slice(0, -1)
    .every((letter) => options.find(({ short }) => short === letter)?.kind === "flag");
}

/** `-eK=V` becomes `-e`, `K=V`: yargs-parser reads it as a group of flags. */
function detachValues(options: readonly OptionSpec[], args: readonly string[]): string[] {
  const detached: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] as string;
    const option = options.find(({ short }) => short !== undefined && arg.startsWith(`-${short}`));
    if (arg === "--") return [...detached, ...args.slice(index)];
    if (option === undefined || option.kind === "flag" || arg.length === 2 || arg[2] === "=") {
      detached.push(arg);
    } else {
      detached.push(arg.slice(0, 2), arg.slice(2));
    }
    if (takesNext(options, arg) && index + 1 < args.length) detached.push(args[++index] as string);
  }
  return detached;
}

function parse(options: readonly OptionSpec[], args: readonly string[]): Raw {
  const named = (kind: OptionSpec["kind"]) =>
    options.filter((option) => option.kind === kind).map(({ name }) => name);
  const valued = [...named("value"), ...named("list")];
  const { argv, error } = yargsParser.detailed(detachValues(options, args), {
    boolean: named("flag"),
    string: valued,
    array: named("list"),
    narg: Object.fromEntries(valued.map((name) => [name, 1])),
    alias: Object.fromEntries(
      options.flatMap(({ name, short }) => (short === undefined ? [] : [[name, [short]]])),
    ),
    configuration: CONFIGURATION,
  });
  if (error !== null) throw missingValue(options, error.message);
  const { _: positionals, "--": rest = [], ...given } = argv;
  const values = Object.entries(given).map(
    ([name, value]) => [name, (Array.isArray(value) ? value : [value]).map(String)] as const,
  );
  return { positionals: [...positionals, ...rest].map(String), values: new Map(values) };
}

function missingValue(options: readonly OptionSpec[], message: string): BangerError {
  const written = /following: (\S+)/.exec(message)?.[1] ?? "";
  const option = options.find(({ name, short }) => written === name || written === short);
  const value = option?.placeholder ?? "VALUE";
  return usageError(
    `${dashed(written)} needs a value`,
    `write it as ${dashed(option?.name ?? written)} ${value}`,
  );
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

function checkKnown(command: Command, options: readonly OptionSpec[], raw: Raw): void {
  for (const name of raw.values.keys()) {
    const option = options.find((each) => each.name === name || each.short === name);
    if (option !== undefined) continue;
    const near = nearest(
      name,
      options.map((each) => each.name),
    );
    const guess = near === null || name.length === 1 ? "" : `did you mean --${near}? `;
    throw usageError(
      `\`banger ${command.path}\` has no option ${dashed(name)}`,
      `${guess}\`banger ${command.path} --help\` lists them`,
    );
  }
}

function collect(
  options: readonly OptionSpec[],
  raw: Raw,
  guestCommand: readonly string[] | null,
): ParsedArgs {
  const given = (kind: OptionSpec["kind"]) =>
    options.flatMap((option) => {
      const values = raw.values.get(option.name);
      return option.kind === kind && values !== undefined ? [{ name: option.name, values }] : [];
    });
  return {
    flags: new Set(given("flag").flatMap(({ name, values }) => (values.at(-1) === "true" ? [name] : []))),
    values: new Map(given("value").map(({ name, values }) => [name, values.at(-1) ?? ""])),
    lists: new Map(given("list").map(({ name, values }) => [name, values])),
    positionals: raw.positionals,
    guestCommand,
  };
}

function checkPositionals(command: Command, { positionals }: ParsedArgs): void {
  const { min, max, what, usage } = command.positionals;
  const guest = command.guestCommand === "after-first" ? " -- command" : "";
  const line = `\`banger ${command.path}${usage === "" ? "" : ` ${usage}`}${guest}\``;
  if (positionals.length < min) {
    throw usageError(`${what ?? "an argument"} is missing`, `write ${line}; --help tells more`);
  }
  // A variable of a script that was not set.
  if (positionals.includes("")) throw usageError("an argument is empty", `write ${line}; --help tells more`);
  if (positionals.length > max) {
    const extra = positionals[max] as string;
    const hint = command.guestCommand === undefined ? "" : ", with -- before a command for the guest";
    throw usageError(`"${extra}" is one argument too many`, `write ${line}${hint}; --help tells more`);
  }
}
