import type { CliContext } from "./context.ts";

/** What a positional argument or an option's value names: completion asks the daemon for the live ones. */
export type Completes =
  | "vm"
  | "image"
  | "kernel"
  | "operation"
  | "file"
  | "vm-path"
  | "none"
  | readonly string[];

/** Which resolved value `--help` shows as an option's default (CFG-2). */
export type ResolvedDefault =
  | "vcpu"
  | "memoryMib"
  | "diskSizeBytes"
  | "overlaySizeBytes"
  | "image"
  | "bootTimeout";

export interface OptionSpec {
  /** Long name, without dashes. */
  readonly name: string;
  /** One letter, without the dash. */
  readonly short?: string;
  /** `flag` takes no value, `value` takes one (the last counts), `list` may be repeated. */
  readonly kind: "flag" | "value" | "list";
  /** What the value is, as help shows it. */
  readonly placeholder?: string;
  readonly describe: string;
  readonly default?: string;
  readonly resolved?: ResolvedDefault;
  readonly completes?: Completes;
}

export interface Positionals {
  /** As help shows it: `<vm>…`. */
  readonly usage: string;
  readonly min: number;
  readonly max: number;
  readonly completes: Completes;
  /** What is missing when there are too few: "a VM". */
  readonly what?: string;
}

/** Where a command for the guest is on the command line: after `--`, or (as `docker exec`) also right after the first argument. */
export type GuestCommand = "after-dashes" | "after-first";

export interface Command {
  /** `vm run` */
  readonly path: string;
  readonly summary: string;
  /** Paragraphs of help. */
  readonly description: readonly string[];
  readonly options: readonly OptionSpec[];
  readonly positionals: Positionals;
  readonly guestCommand?: GuestCommand;
  /** As help shows it, where it is not simply a command. */
  readonly guestUsage?: string;
  /** Pairs of a command line and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** A guest's status is passed on, so banger's own failures are 125, as with Docker. */
  readonly passesStatus?: boolean;
  /** Resolves with the exit status. */
  run(context: CliContext, args: ParsedArgs): Promise<number>;
}

export interface ParsedArgs {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
  /** Null: no command for the guest was given. */
  readonly guestCommand: readonly string[] | null;
}

export const JSON_OPTION: OptionSpec = { name: "json", kind: "flag", describe: "print JSON" };
export const QUIET_OPTION: OptionSpec = {
  name: "quiet",
  short: "q",
  kind: "flag",
  describe: "no progress; print ids only",
};

export const NO_POSITIONALS: Positionals = { usage: "", min: 0, max: 0, completes: "none" };
export const ONE_VM: Positionals = { usage: "<vm>", min: 1, max: 1, completes: "vm", what: "a VM" };
export const ONE_OPERATION: Positionals = {
  usage: "<operation>",
  min: 1,
  max: 1,
  completes: "operation",
  what: "an operation",
};
export const SOME_VMS: Positionals = {
  usage: "<vm>…",
  min: 1,
  max: 1000,
  completes: "vm",
  what: "at least one VM",
};
