import { type Command, JSON_OPTION, NO_POSITIONALS } from "../../command.ts";
import { print, printJson } from "../../output.ts";
import { vmTable } from "../../render/vm.ts";

export const vmList: Command = {
  path: "vm list",
  summary: "List VMs",
  description: ["Shows the VMs that run."],
  options: [
    { name: "all", short: "a", kind: "flag", describe: "also those that are stopped" },
    { name: "latest", short: "l", kind: "flag", describe: "only the newest, running or not" },
    { name: "quiet", short: "q", kind: "flag", describe: "full ids only" },
    JSON_OPTION,
  ],
  positionals: NO_POSITIONALS,
  examples: [
    ["banger ps", "the same, as short as Docker's"],
    ["banger vm list --all --json", "for programs"],
  ],
  async run(context, { flags }) {
    const params = {
      ...(flags.has("all") ? { all: true } : {}),
      ...(flags.has("latest") ? { latest: true } : {}),
    };
    const { vms } = await context.withDaemon((client) => client.call("vm.list", params));
    if (flags.has("json")) await printJson(context, vms);
    else if (flags.has("quiet")) await print(context, vms.map(({ id }) => `${id}\n`).join(""));
    else await print(context, vmTable(vms, context.now(), context.style.stdout));
    return 0;
  },
};
