import type { ExecSpec } from "../../../shared/exec/exec-spec.ts";
import { REPO } from "../../../workspace/guest-scripts.ts";
import type { Command } from "../../command.ts";
import { CREATE_OPTIONS, createParamsOf } from "../../create-options.ts";
import { EXEC_OPTIONS, execRequestOf, STATUS_TEXT } from "../../exec/options.ts";
import { runInNewVm } from "../../run-in-new-vm.ts";
import { usageError } from "../../usage-error.ts";
import { WORKSPACE_OPTIONS, workspaceOptionsGiven, workspaceRequestOf } from "../../workspace/options.ts";
import { dryRun } from "../../workspace/prepare.ts";

export const vmRun: Command = {
  path: "vm run",
  summary: "Make a VM and run a command, or a shell, in it",
  description: [
    "Makes a VM, boots it, and runs the command in it as soon as its guest answers; without a command, the login shell. The command's stdin, stdout, stderr and signals are banger's.",
    "With a path, the git checkout there is copied to /root/repo first (see `banger vm workspace prepare --help`), and the command or the shell begins in it.",
    STATUS_TEXT,
    "Ctrl-C during the boot cancels: all that was made is removed again.",
  ],
  options: [
    {
      name: "rm",
      kind: "flag",
      describe: "delete the VM when the command or the session ends, however it ends",
    },
    ...CREATE_OPTIONS,
    ...EXEC_OPTIONS,
    { name: "quiet", short: "q", kind: "flag", describe: "no progress and no reminder" },
    ...WORKSPACE_OPTIONS,
  ],
  positionals: { usage: "[path]", min: 0, max: 1, completes: "file" },
  guestCommand: "after-dashes",
  passesStatus: true,
  examples: [
    ["banger vm run", "a fresh VM, and a shell in it"],
    ["banger vm run ./repo", "the same, in a copy of a checkout"],
    ["banger vm run --rm . -- make test", "a command in a copy of the checkout that you are in"],
    ["banger vm run --rm -- uname -a", "one command, and nothing is left"],
    ["banger vm run --rm --memory 4G -e CI=1 -- make test", ""],
    ["banger vm run --name web -- systemctl is-system-running --wait", "the VM stays"],
  ],
  async run(context, args) {
    const [path] = args.positionals;
    const given = workspaceOptionsGiven(args);
    if (path === undefined && given.length > 0) {
      throw usageError(`--${given[0]} needs a path`, "name the checkout: `banger vm run [options] <path>`");
    }
    const workspace = path === undefined ? null : workspaceRequestOf(args, path);
    if (workspace?.dryRun)
      return dryRun(context, workspace, { json: false, tools: (args.guestCommand ?? []).length === 0 });
    const params = createParamsOf(args);
    const request = await execRequestOf(context, args, args.guestCommand ?? []);
    return runInNewVm(context, {
      params,
      request: workspace === null ? request : { ...request, spec: inRepository(request.spec) },
      workspace,
      remove: args.flags.has("rm"),
      quiet: args.flags.has("quiet"),
      debug: args.flags.has("debug"),
    });
  },
};

/** `--workdir` still counts. */
function inRepository(spec: ExecSpec): ExecSpec {
  return { ...spec, cwd: spec.cwd ?? REPO };
}
