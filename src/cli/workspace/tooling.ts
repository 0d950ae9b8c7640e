import type { RpcClient } from "../../rpc/client.ts";
import type { Plans } from "../../workspace/plan.ts";
import { installTools } from "../../workspace/tooling/install.ts";
import { planToolingOf } from "../../workspace/tooling/read.ts";
import type { CliContext } from "../context.ts";
import { say } from "../output.ts";
import { sanitize } from "../render/sanitize.ts";

export interface ToolsInVm {
  readonly vm: string;
  readonly quiet: boolean;
}

/** Prepares what a checkout pins in the VM that it was copied into, and says what was skipped (RUN-6). */
export async function prepareTools(
  context: CliContext,
  client: Pick<RpcClient, "exec">,
  plans: Plans,
  { vm, quiet }: ToolsInVm,
  signal: AbortSignal,
): Promise<void> {
  const plan = await planToolingOf(plans.all[0].repository.top);
  if (plan.tools.length > 0 && !quiet) say(context, "preparing tools that the repository pins");
  const skipped = await installTools((options) => client.exec(vm, options), plan, signal);
  if (!quiet) for (const line of skipped) say(context, sanitize(line));
}
