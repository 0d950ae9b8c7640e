import type { RpcClient } from "../rpc/client.ts";
import type { BulkResult, OperationStarted } from "../rpc/contract.ts";
import { fromErrorBody } from "../shared/error-body.ts";
import type { ParsedArgs } from "./command.ts";
import type { CliContext } from "./context.ts";
import { followOperation } from "./operation.ts";
import { print, printJson } from "./output.ts";
import { renderError } from "./render/error.ts";
import { sanitize } from "./render/sanitize.ts";

/**
 * Commands on several VMs (VM-3): each one's name (or, quiet, id) on stdout when it worked, each failure on stderr. Status 1 if any
 * failed.
 */
export async function runBulk(
  context: CliContext,
  args: ParsedArgs,
  begin: (client: RpcClient) => Promise<OperationStarted>,
): Promise<number> {
  const quiet = args.flags.has("quiet");
  const late = ({ results }: BulkResult) => showDone(context, args, results);
  const { results } = await context.withDaemon((client) =>
    followOperation<BulkResult>(context, { client, begin: () => begin(client), quiet, late }),
  );
  return showBulk(context, args, results);
}

/** What was done of work that was cancelled. */
async function showDone(
  context: CliContext,
  args: Pick<ParsedArgs, "flags">,
  results: BulkResult["results"],
): Promise<string> {
  const done = results.filter(({ error }) => error?.code !== "ERR_CANCELLED");
  if (done.length === 0) return "cancelled";
  await showBulk(context, args, done);
  return done.length < results.length
    ? "the others were cancelled"
    : "it was done before it could be cancelled";
}

/** The outcome of work on several VMs; its status. */
export async function showBulk(
  context: CliContext,
  args: Pick<ParsedArgs, "flags">,
  results: BulkResult["results"],
): Promise<number> {
  const quiet = args.flags.has("quiet");
  if (args.flags.has("json")) await printJson(context, results);
  for (const { ref, id, name, error } of results) {
    if (error !== null) {
      const shown = renderError(fromErrorBody(error), context.style.stderr, args.flags.has("debug"));
      context.stderr.write(shown);
    } else if (!args.flags.has("json")) {
      await print(context, `${sanitize((quiet ? id : name) ?? ref)}\n`);
    }
  }
  return results.some(({ error }) => error !== null) ? 1 : 0;
}
