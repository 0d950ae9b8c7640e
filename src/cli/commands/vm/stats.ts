import type { RpcClient } from "../../../rpc/client.ts";
import type { StatsReply } from "../../../rpc/contract.ts";
import { fromErrorBody } from "../../../shared/error-body.ts";
import { type Command, JSON_OPTION, type ParsedArgs } from "../../command.ts";
import type { CliContext } from "../../context.ts";
import { print, printJson } from "../../output.ts";
import { renderError } from "../../render/error.ts";
import { screenFor } from "../../render/screen.ts";
import { statsTable } from "../../render/stats.ts";
import { type EndSignal, Interrupted, onEndSignals } from "../../signals.ts";

export const vmStats: Command = {
  path: "vm stats",
  summary: "Show what VMs take of this host",
  description: [
    "CPU (100 % is one CPU), memory of the VMM, disks (what is used of the room), network, and time since the start. Without a VM: all that run.",
    "With --watch it is shown again and again, every `stats_poll_interval` (1s), until Ctrl-C; in a pipe as one block after another, with --json as one line of JSON each time.",
  ],
  options: [{ name: "watch", short: "w", kind: "flag", describe: "show it again and again" }, JSON_OPTION],
  positionals: { usage: "[<vm>…]", min: 0, max: 1000, completes: "vm" },
  examples: [
    ["banger vm stats", "all that run, once"],
    ["banger vm stats --watch web", ""],
  ],
  async run(context, args) {
    const refs = args.positionals.length === 0 ? undefined : [...args.positionals];
    return context.withDaemon(async (client) => {
      const first = await ask(client, refs);
      for (const { error } of first.missing) {
        context.stderr.write(
          renderError(fromErrorBody(error), context.style.stderr, args.flags.has("debug")),
        );
      }
      if (args.flags.has("watch")) await watch(context, args, client, first, refs !== undefined);
      else if (args.flags.has("json")) await printJson(context, first.stats);
      else if (first.stats.length > 0 || refs === undefined) await print(context, statsTable(first.stats));
      return first.missing.length === 0 ? 0 : 1;
    });
  },
};

function ask(client: RpcClient, refs: string[] | undefined): Promise<StatsReply> {
  return client.call("vm.stats", refs === undefined ? {} : { refs });
}

/** Until a signal, or until none of the named VMs is left. */
async function watch(
  context: CliContext,
  args: ParsedArgs,
  client: RpcClient,
  first: StatsReply,
  named: boolean,
): Promise<void> {
  const screen = screenFor(context.stdout, (text) => print(context, text));
  const ended = Promise.withResolvers<EndSignal>();
  const off = onEndSignals(context.signals, ended.resolve);
  const pause = (ms: number) => {
    const { promise, resolve } = Promise.withResolvers<null>();
    const timer = setTimeout(resolve, ms, null);
    return Promise.race([promise, ended.promise]).finally(() => clearTimeout(timer));
  };
  try {
    for (let reply = first; !named || reply.stats.length > 0; ) {
      if (args.flags.has("json")) await print(context, `${JSON.stringify(reply.stats)}\n`);
      else await screen.show(statsTable(reply.stats));
      const signal = await pause(reply.intervalMs);
      if (signal !== null) throw new Interrupted(signal);
      const asked = ask(client, named ? reply.stats.map(({ id }) => id) : undefined);
      // One that is not waited for any more must not end the process.
      asked.catch(() => undefined);
      const answer = await Promise.race([asked, ended.promise]);
      if (typeof answer === "string") throw new Interrupted(answer);
      reply = answer;
    }
  } finally {
    off();
  }
}
