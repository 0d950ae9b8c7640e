import { runBulk } from "../../bulk.ts";
import { type Command, JSON_OPTION, type OptionSpec, QUIET_OPTION, SOME_VMS } from "../../command.ts";
import { NETWORK_CHANGES, networkChangesOf } from "../../network-options.ts";
import { PUBLISH_OPTION, publishedOf, UNPUBLISH_OPTION } from "../../publish.ts";
import { SIZE_OPTIONS, sizesOf } from "../../sizes.ts";
import { usageError } from "../../usage-error.ts";

/** As for a new VM, but what is not given stays as it is. */
const SET_OPTIONS: readonly OptionSpec[] = SIZE_OPTIONS.filter(
  ({ name }) => name !== "system-overlay-size",
).map(({ resolved, ...option }) =>
  option.name === "disk-size"
    ? { ...option, describe: "work disk, mounted at /root; it can only grow" }
    : option,
);

export const vmSet: Command = {
  path: "vm set",
  summary: "Change what VMs have, what they may reach, and their published ports",
  description: [
    "vcpu and memory of a VM that runs apply at its next start. A work disk is resized while its VM is stopped: the guest grows the filesystem when it starts.",
    "What a VM may reach changes at once, for connections that are open too. Ports are published and taken back at once. Both stay so over stops and starts.",
  ],
  options: [
    ...[...SET_OPTIONS, ...NETWORK_CHANGES, PUBLISH_OPTION, UNPUBLISH_OPTION],
    ...[QUIET_OPTION, JSON_OPTION],
  ],
  positionals: SOME_VMS,
  examples: [
    ["banger vm set --memory 4G web", ""],
    ["banger vm set --disk-size 20G web db", "both must be stopped"],
    ["banger vm set --net none web", ""],
    ["banger vm set -p 8080:80 web", "127.0.0.1:8080 of this host leads to port 80 of the guest"],
    ["banger vm set --unpublish 8080 web", ""],
  ],
  async run(context, args) {
    const changes = { ...sizesOf(args), ...networkChangesOf(args), ...publishedOf(args) };
    if (Object.keys(changes).length === 0) {
      throw usageError(
        "nothing to set was given",
        "give --vcpu, --memory, --disk-size, --net, --peer, --publish or --unpublish",
      );
    }
    return runBulk(context, args, (client) =>
      client.call("vm.set", { refs: [...args.positionals], ...changes }),
    );
  },
};
