import { shortId } from "../../domain/vm.ts";
import type { RpcClient } from "../../rpc/client.ts";
import type { Command, Completes, OptionSpec } from "../command.ts";
import { findCommand, shownCommands } from "../commands/index.ts";
import type { CliContext } from "../context.ts";
import { print } from "../output.ts";
import { GLOBAL_OPTIONS } from "../parse.ts";
import { sanitize } from "../render/sanitize.ts";

/** A daemon that does not answer in this time has nothing to offer, in milliseconds. */
const DAEMON_MS = 3_000;
/** Tells the shell's script to complete file names. */
const FILES = ":files";

interface Candidate {
  readonly word: string;
  readonly about: string;
}

/**
 * `banger __complete <words…>`: what the last word could become, one candidate a line with a tab before its description. The daemon is
 * asked for names if it runs; it is never started, and no failure is ever shown.
 */
export async function complete(context: CliContext, words: readonly string[]): Promise<number> {
  const done = words.slice(0, -1);
  const word = words.at(-1) ?? "";
  const candidates = await candidatesFor(context, done, word).catch(() => []);
  const lines = candidates
    .filter((candidate) => candidate.word === FILES || candidate.word.startsWith(word))
    .map(({ word: text, about }) => (about === "" ? text : `${text}\t${about}`));
  await print(context, lines.map((line) => `${line}\n`).join(""));
  return 0;
}

async function candidatesFor(
  context: CliContext,
  done: readonly string[],
  word: string,
): Promise<Candidate[]> {
  const found = findCommand(done);
  if (found === null) return firstWords(done);
  const command = await found.entry.load();
  const args = done.slice(found.words);
  if (args.includes("--")) return [plain(FILES)];
  const options = [...command.options, ...GLOBAL_OPTIONS];
  const [, long, value] = /^--([^=]+)=(.*)$/.exec(word) ?? [];
  if (long !== undefined && value !== undefined) {
    const option = options.find(({ name }) => name === long);
    const values = await valuesOf(context, option?.completes ?? "none");
    return values.map((candidate) => ({ ...candidate, word: `--${long}=${candidate.word}` }));
  }
  const pending = valueWanted(options, args.at(-1));
  if (pending !== null) return valuesOf(context, pending.completes ?? "none");
  if (word.startsWith("-"))
    return options.map(({ name, describe }) => ({ word: `--${name}`, about: describe }));
  return positionalsOf(context, command, options, args);
}

async function firstWords(done: readonly string[]): Promise<Candidate[]> {
  const depth = done.length;
  const paths = shownCommands().flatMap(({ paths: all }) => all.map((path) => path.split(" ")));
  const fitting = paths.filter((path) => path.length > depth && done.every((word, at) => path[at] === word));
  return [...new Set(fitting.map((path) => path[depth] as string))].map(plain);
}

async function positionalsOf(
  context: CliContext,
  command: Command,
  options: readonly OptionSpec[],
  args: readonly string[],
): Promise<Candidate[]> {
  const given = args.filter((arg, at) => !arg.startsWith("-") && valueWanted(options, args[at - 1]) === null);
  const { max, completes } = command.positionals;
  if (given.length >= max) return command.guestCommand === "after-first" ? [plain(FILES)] : [];
  const values = await valuesOf(context, completes);
  return values.filter(({ word }) => !given.includes(word));
}

/** The option whose value comes next, if the last word was one without its value. */
function valueWanted(options: readonly OptionSpec[], last: string | undefined): OptionSpec | null {
  if (last === undefined || !last.startsWith("-") || last.includes("=")) return null;
  const option = options.find(({ name, short }) => last === `--${name}` || last === `-${short}`);
  return option === undefined || option.kind === "flag" ? null : option;
}

async function valuesOf(context: CliContext, completes: Completes): Promise<Candidate[]> {
  if (completes === "none") return [];
  if (completes === "file") return [plain(FILES)];
  if (completes === "vm-path") {
    const vms = await valuesOf(context, "vm").catch(() => []);
    return [plain(FILES), ...vms.map(({ word, about }) => ({ word: `${word}:`, about }))];
  }
  if (typeof completes !== "string") return completes.map(plain);
  const client = await context.daemon.existing();
  if (client === null) return [];
  try {
    return await namesOf(client, completes, AbortSignal.timeout(DAEMON_MS));
  } finally {
    await client.close();
  }
}

async function namesOf(
  client: RpcClient,
  kind: "vm" | "image" | "kernel" | "operation",
  signal: AbortSignal,
): Promise<Candidate[]> {
  if (kind === "vm") {
    const { vms } = await client.call("vm.list", { all: true }, { signal });
    return vms.map(({ name, state, image }) => named(name, `${state}, ${image}`));
  }
  if (kind === "operation") {
    const { operations } = await client.call("operation.list", {}, { signal });
    return operations.map((each) => named(shortId(each.id), `${each.kind} ${each.subject}, ${each.state}`));
  }
  if (kind === "image") {
    const { images } = await client.call("image.list", { available: true }, { signal });
    return images.map(({ name, description }) => named(name, description));
  }
  const { kernels } = await client.call("kernel.list", { available: true }, { signal });
  return kernels.map(({ name, version, distro }) => named(name, version ?? distro));
}

function named(name: string, about: string): Candidate {
  return { word: sanitize(name), about: sanitize(about) };
}

function plain(word: string): Candidate {
  return { word, about: "" };
}
