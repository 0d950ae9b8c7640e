import { type Command, JSON_OPTION } from "../../command.ts";
import { print, printJson } from "../../output.ts";
import { kernelDetails } from "../../render/kernel.ts";

export const kernelShow: Command = {
  path: "kernel show",
  summary: "Show all about one kernel",
  description: ["Shows what the kernel is and, where it is here, its manifest."],
  options: [JSON_OPTION],
  positionals: { usage: "<kernel>", min: 1, max: 1, completes: "kernel", what: "a kernel" },
  examples: [["banger kernel show debian-bookworm --json", "for programs"]],
  async run(context, { flags, positionals }) {
    const params = { name: positionals[0] as string };
    const kernel = await context.withDaemon((client) => client.call("kernel.show", params));
    if (flags.has("json")) await printJson(context, kernel);
    else await print(context, kernelDetails(kernel, context.now(), context.style.stdout));
    return 0;
  },
};
