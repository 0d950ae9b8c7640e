import { type Command, JSON_OPTION, NO_POSITIONALS } from "../../command.ts";
import { print, printJson } from "../../output.ts";
import { kernelTable } from "../../render/kernel.ts";

export const kernelList: Command = {
  path: "kernel list",
  summary: "List kernels",
  description: [
    "Shows the kernels that are here; with --available also those of the catalog that can be pulled.",
  ],
  options: [
    { name: "available", kind: "flag", describe: "also what the catalog has" },
    { name: "quiet", short: "q", kind: "flag", describe: "names only" },
    JSON_OPTION,
  ],
  positionals: NO_POSITIONALS,
  examples: [["banger kernel list --available", ""]],
  async run(context, { flags }) {
    const params = flags.has("available") ? { available: true } : {};
    const { kernels } = await context.withDaemon((client) => client.call("kernel.list", params));
    if (flags.has("json")) await printJson(context, kernels);
    else if (flags.has("quiet")) await print(context, kernels.map(({ name }) => `${name}\n`).join(""));
    else await print(context, kernelTable(kernels, context.now(), context.style.stdout));
    return 0;
  },
};
