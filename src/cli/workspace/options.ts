import os from "node:os";
import { Git } from "../../workspace/git.ts";
import type { PlanOptions } from "../../workspace/plan.ts";
import type { UserHome } from "../../workspace/user-settings.ts";
import type { OptionSpec, ParsedArgs } from "../command.ts";
import type { CliContext } from "../context.ts";
import { usageError } from "../usage-error.ts";

/** Options of what copies a checkout: `vm workspace prepare`, and `vm run <path>`. */
export const WORKSPACE_OPTIONS: readonly OptionSpec[] = [
  {
    name: "branch",
    kind: "value",
    placeholder: "NAME",
    describe: "be on a new branch, in the guest only",
    completes: "none",
  },
  {
    name: "from",
    kind: "value",
    placeholder: "REF",
    describe: "the commit that --branch begins at",
    default: "HEAD",
    completes: "none",
  },
  {
    name: "include-untracked",
    kind: "flag",
    describe: "copy files that git does not know, too; never those that it ignores",
  },
  {
    name: "mode",
    kind: "value",
    placeholder: "MODE",
    describe: "full_copy copies submodules that are checked out, too",
    default: "shallow",
    completes: ["shallow", "full_copy"],
  },
  { name: "dry-run", kind: "flag", describe: "list what would be copied, and do nothing" },
];

export interface WorkspaceRequest {
  readonly path: string;
  readonly branch: string | undefined;
  readonly from: string | undefined;
  readonly includeUntracked: boolean;
  readonly fullCopy: boolean;
  readonly dryRun: boolean;
}

/** ERR_USAGE. */
export function workspaceRequestOf(args: ParsedArgs, path: string): WorkspaceRequest {
  const branch = args.values.get("branch");
  const from = args.values.get("from");
  const mode = args.values.get("mode") ?? "shallow";
  if (from !== undefined && branch === undefined) {
    throw usageError("--from needs --branch", "name the branch that is to begin there: --branch NAME");
  }
  if (mode !== "shallow" && mode !== "full_copy") {
    throw usageError(
      `--mode "${mode}" is neither shallow nor full_copy`,
      "write --mode full_copy, or leave it out",
    );
  }
  return {
    path,
    branch,
    from,
    includeUntracked: args.flags.has("include-untracked"),
    fullCopy: mode === "full_copy",
    dryRun: args.flags.has("dry-run"),
  };
}

/** Of the options that only mean something with a path, those that were given. */
export function workspaceOptionsGiven(args: ParsedArgs): string[] {
  return WORKSPACE_OPTIONS.map(({ name }) => name).filter(
    (name) => args.flags.has(name) || args.values.has(name),
  );
}

export function gitOf(context: CliContext): Git {
  return new Git({ env: context.env });
}

/** Where git would look for the user's own settings. */
export function userHomeOf({ env }: CliContext): UserHome {
  const { HOME = os.homedir(), XDG_CONFIG_HOME } = env;
  return { HOME, XDG_CONFIG_HOME };
}

export function planOptionsOf(context: CliContext, request: WorkspaceRequest): PlanOptions {
  return {
    home: userHomeOf(context),
    includeUntracked: request.includeUntracked,
    fullCopy: request.fullCopy,
    tempParent: context.env.TMPDIR || undefined,
  };
}
