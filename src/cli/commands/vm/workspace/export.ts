import { isRevision } from "../../../../workspace/export/run.ts";
import { REPO } from "../../../../workspace/guest-scripts.ts";
import { type Command, JSON_OPTION, type ParsedArgs, QUIET_OPTION } from "../../../command.ts";
import { usageError } from "../../../usage-error.ts";
import { type ExportOptions, exportWorkspace } from "../../../workspace/export.ts";

export const vmWorkspaceExport: Command = {
  path: "vm workspace export",
  summary: "Take back what has changed in a VM's checkout, as a patch",
  description: [
    "One binary-safe patch from the commit that `vm workspace prepare` brought to what the checkout in the guest is now: later commits, uncommitted changes, and untracked files unless git ignores them. `git apply` takes it. The guest's repository is not touched: neither its index nor its branches.",
    "In a pipe the patch goes to stdout; at a terminal only the changed files are listed, unless --output or --apply is given.",
    "--apply puts the changes into your checkout, staged where a file had no unstaged changes: all of them or none, and three-way where lines around have changed since. Where both sides have changed the same lines nothing is done, unless --conflicts allows conflict markers. What you have already is passed over. A patch that would lead out of the checkout, or into a git directory, is refused; nothing of your repository's configuration or hooks is run.",
    "Not in the patch, but told: repositories inside the checkout that no commit knows, and uncommitted changes inside submodules.",
  ],
  options: [
    {
      name: "base-commit",
      kind: "value",
      placeholder: "COMMIT",
      describe: "what to compare with, a commit that the guest's repository has",
      default: "what was prepared",
      completes: "none",
    },
    {
      name: "output",
      short: "o",
      kind: "value",
      placeholder: "FILE",
      describe: "write the patch there; - is stdout",
      completes: "file",
    },
    { name: "stat", kind: "flag", describe: "only list the changed files" },
    {
      name: "apply",
      kind: "flag",
      describe: "apply it to the checkout here, or to the one that is named after the VM",
    },
    {
      name: "conflicts",
      kind: "flag",
      describe: "with --apply: write conflict markers where both sides changed the same lines",
    },
    {
      name: "repo",
      kind: "value",
      placeholder: "DIR",
      describe: "the checkout in the guest",
      default: REPO,
      completes: "none",
    },
    JSON_OPTION,
    { ...QUIET_OPTION, describe: "no progress, no list" },
  ],
  positionals: { usage: "<vm> [checkout]", min: 1, max: 2, completes: "vm", what: "a VM" },
  examples: [
    ["banger vm workspace export web --stat", "what has changed"],
    ["banger vm workspace export web > work.patch", "the patch; then `git apply work.patch`"],
    ["banger vm workspace export web --apply", "into the checkout of the current directory"],
    ["banger vm workspace export web --base-commit HEAD", "only what is not committed in the guest"],
  ],
  run: (context, args) => exportWorkspace(context, optionsOf(args)),
};

function optionsOf({ flags, values, positionals }: ParsedArgs): ExportOptions {
  const [ref = "", checkout] = positionals;
  const base = values.get("base-commit");
  const output = values.get("output");
  const directory = values.get("repo") ?? REPO;
  const ways = [
    flags.has("apply") && "--apply",
    flags.has("stat") && "--stat",
    output !== undefined && "--output",
  ];
  const given = ways.filter((way) => way !== false);
  if (given.length > 1) throw usageError(`${given.join(" and ")} exclude each other`, "give one of them");
  if (checkout !== undefined && !flags.has("apply")) {
    throw usageError(
      `"${checkout}" is for --apply`,
      "write `banger vm workspace export <vm> --apply [checkout]`",
    );
  }
  if (flags.has("conflicts") && !flags.has("apply"))
    throw usageError("--conflicts is for --apply", "add --apply");
  if (output === "")
    throw usageError("--output needs a file", "write --output FILE, or --output - for stdout");
  if (base !== undefined && !isRevision(base)) {
    throw usageError(
      `--base-commit "${base}" names no commit`,
      "write an object id, or a name such as HEAD~2",
    );
  }
  if (!directory.startsWith("/"))
    throw usageError(`--repo "${directory}" is not absolute`, "write a path of the guest, from /");
  if (flags.has("json") && output === "-")
    throw usageError("--json and the patch both want stdout", "leave one of them out");
  return {
    ref,
    base,
    directory,
    output: output ?? null,
    apply: flags.has("apply") ? { checkout: checkout ?? ".", conflicts: flags.has("conflicts") } : null,
    stat: flags.has("stat"),
    json: flags.has("json"),
    quiet: flags.has("quiet"),
  };
}
