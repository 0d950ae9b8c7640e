import { runBulk } from "../../bulk.ts";
import type { ParsedArgs } from "../../command.ts";
import { type Command, JSON_OPTION, type OptionSpec, QUIET_OPTION, SOME_VMS } from "../../command.ts";
import { durationOf } from "../../sizes.ts";

export const STOP_TIMEOUT: OptionSpec = {
  name: "timeout",
  short: "t",
  kind: "value",
  placeholder: "TIME",
  describe: "how long the guest may take before it is killed, such as 10s; 0 kills at once",
};

/** Only if it was passed. */
export function stopTimeoutOf(args: ParsedArgs): { timeoutMs?: number } {
  const text = args.values.get("timeout");
  if (text === undefined) return {};
  return { timeoutMs: /^0+(ms|s|m|h)?$/.test(text) ? 0 : durationOf("timeout", text) };
}

export const vmStop: Command = {
  path: "vm stop",
  summary: "Shut VMs down",
  description: [
    "Asks each guest to shut down, waits, then kills it. Its disks stay: `banger vm start` boots it again.",
    "Ctrl-C ends the waiting, and kills nothing; a guest that has been asked may shut down all the same.",
  ],
  options: [STOP_TIMEOUT, QUIET_OPTION, JSON_OPTION],
  positionals: SOME_VMS,
  examples: [["banger vm stop -t 30s web", "with half a minute for its services to end"]],
  run: (context, args) => {
    const params = { refs: [...args.positionals], ...stopTimeoutOf(args) };
    return runBulk(context, args, (client) => client.call("vm.stop", params));
  },
};
