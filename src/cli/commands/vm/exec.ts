import type { Command } from "../../command.ts";
import { WAIT_OPTION, waitOf } from "../../create-options.ts";
import { execInVm } from "../../exec/exec-in-vm.ts";
import { EXEC_OPTIONS, execRequestOf, STATUS_TEXT } from "../../exec/options.ts";
import { usageError } from "../../usage-error.ts";

export const vmExec: Command = {
  path: "vm exec",
  summary: "Run a command in a VM that runs",
  description: [
    "The command's stdin, stdout, stderr and signals are banger's. It gets a terminal where stdin and stdout are one.",
    STATUS_TEXT,
  ],
  options: [...EXEC_OPTIONS, WAIT_OPTION],
  positionals: { usage: "<vm>", min: 1, max: 1, completes: "vm", what: "a VM" },
  guestCommand: "after-first",
  passesStatus: true,
  examples: [
    ["banger vm exec web -- systemctl status nginx", ""],
    ["banger vm exec -u app -w /srv -e DEBUG=1 web env", "-- can be left out, as with Docker"],
    ["tar c . | banger vm exec web -- tar x -C /srv", "stdin goes there byte for byte"],
  ],
  async run(context, args) {
    const argv = args.guestCommand ?? [];
    if (argv.length === 0) {
      throw usageError(
        "a command is missing",
        "write `banger vm exec <vm> -- command`; for a shell, `banger vm shell <vm>`",
      );
    }
    const wait = waitOf(args);
    const request = await execRequestOf(context, args, argv);
    const target = {
      ref: args.positionals[0] as string,
      debug: args.flags.has("debug"),
      ...(wait === undefined ? {} : { wait }),
    };
    return context.withDaemon((client) => execInVm(context, client, target, request));
  },
};
