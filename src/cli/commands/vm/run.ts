import type { Command, OptionSpec } from "../../command.ts";
import { CREATE_OPTIONS, createParamsOf } from "../../create-options.ts";
import { EXEC_OPTIONS, execRequestOf, STATUS_TEXT } from "../../exec/options.ts";
import { runInNewVm } from "../../run-in-new-vm.ts";
import { notYet } from "../../usage-error.ts";

/** Until workspaces are built: said, not ignored. */
const WORKSPACE_OPTIONS: readonly OptionSpec[] = (
  [
    ["branch", "value"],
    ["from", "value"],
    ["include-untracked", "flag"],
    ["dry-run", "flag"],
  ] as const
).map(([name, kind]) => ({ name, kind, describe: "", later: "workspaces come" }));

export const vmRun: Command = {
  path: "vm run",
  summary: "Make a VM and run a command, or a shell, in it",
  description: [
    "Makes a VM, boots it, and runs the command in it as soon as its guest answers; without a command, the login shell. The command's stdin, stdout, stderr and signals are banger's.",
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
  positionals: { usage: "", min: 0, max: 1, completes: "none" },
  guestCommand: "after-dashes",
  passesStatus: true,
  examples: [
    ["banger vm run", "a fresh VM, and a shell in it"],
    ["banger vm run --rm -- uname -a", "one command, and nothing is left"],
    ["banger vm run --rm --memory 4G -e CI=1 -- make test", ""],
    ["banger vm run --name web -- systemctl is-system-running --wait", "the VM stays"],
  ],
  async run(context, args) {
    const [path] = args.positionals;
    if (path !== undefined) {
      throw notYet(
        `"${path}": workspaces come`,
        "leave the path out; a command for the guest goes after --, as in `banger vm run -- command`",
      );
    }
    const params = createParamsOf(args);
    const request = await execRequestOf(context, args, args.guestCommand ?? []);
    return runInNewVm(context, {
      params,
      request,
      remove: args.flags.has("rm"),
      quiet: args.flags.has("quiet"),
      debug: args.flags.has("debug"),
    });
  },
};
