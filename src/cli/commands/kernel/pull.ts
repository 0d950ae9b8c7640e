import { type Command, QUIET_OPTION } from "../../command.ts";
import { followOperation } from "../../operation.ts";
import { print } from "../../output.ts";
import { sanitize } from "../../render/sanitize.ts";

export const kernelPull: Command = {
  path: "kernel pull",
  summary: "Get a kernel from the catalog",
  description: [
    "Assembles the kernel here, unless it is here already. Interrupted, it leaves nothing.",
    "`banger vm run` does so by itself where it has to.",
  ],
  options: [{ ...QUIET_OPTION, describe: "no progress" }],
  positionals: { usage: "<kernel>", min: 1, max: 1, completes: "kernel", what: "a kernel" },
  examples: [["banger kernel pull debian-bookworm", ""]],
  async run(context, { flags, positionals }) {
    const name = positionals[0] as string;
    const quiet = flags.has("quiet");
    await context.withDaemon((client) =>
      followOperation(context, { client, quiet, begin: () => client.call("kernel.pull", { name }) }),
    );
    await print(context, `${sanitize(name)}\n`);
    return 0;
  },
};
