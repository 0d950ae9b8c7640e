import type { Prepared } from "../../../../workspace/prepare.ts";
import { type Command, JSON_OPTION } from "../../../command.ts";
import { printJson, say } from "../../../output.ts";
import { bytes } from "../../../render/progress.ts";
import { WORKSPACE_OPTIONS, workspaceRequestOf } from "../../../workspace/options.ts";
import { dryRun, prepareInVm, withPlans } from "../../../workspace/prepare.ts";

export const vmWorkspacePrepare: Command = {
  path: "vm workspace prepare",
  summary: "Copy a git checkout to /root/repo in a VM",
  description: [
    "Copies the files that git knows, as they are in the checkout now, and the last 10 commits. What was staged arrives as content. Files belong to root there and keep their modes. The checkout itself is not changed, and nothing that its configuration or its hooks name is run.",
    "A second time it sends only what the guest has not; files that were made there stay. Where the guest's own changes would be lost it stops, unless --force.",
  ],
  options: [
    ...WORKSPACE_OPTIONS,
    { name: "force", short: "f", kind: "flag", describe: "replace /root/repo, and all that is in it" },
    { name: "quiet", short: "q", kind: "flag", describe: "no progress" },
    JSON_OPTION,
  ],
  positionals: { usage: "<vm> [path]", min: 1, max: 2, completes: "vm", what: "a VM" },
  examples: [
    ["banger vm workspace prepare web", "the checkout that you are in"],
    ["banger vm workspace prepare web ./repo --branch fix --from v2.1", ""],
    ["banger vm workspace prepare web . --dry-run", "what would be copied"],
  ],
  async run(context, args) {
    const [vm = "", path = "."] = args.positionals;
    const request = workspaceRequestOf(args, path);
    const json = args.flags.has("json");
    if (request.dryRun) return dryRun(context, request, { json, tools: false });
    const quiet = json || args.flags.has("quiet");
    const options = { vm, request, force: args.flags.has("force"), quiet };
    const prepared = await withPlans(context, request, (plans, signal) =>
      context.withDaemon((client) => prepareInVm(context, client, plans, options, signal)),
    );
    if (json) await printJson(context, prepared);
    else if (!quiet) say(context, resultLine(prepared));
    return 0;
  },
};

function resultLine({ kind, files, bytes: sent }: Prepared): string {
  if (kind === "unchanged") return "/root/repo is as the checkout is";
  return `/root/repo: ${files} files ${kind === "copy" ? "copied" : "changed"}, ${bytes(sent)} sent`;
}
