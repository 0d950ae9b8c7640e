import type { RpcClient } from "../rpc/client.ts";
import type { BulkResult, VmCreated, VmCreateParams } from "../rpc/contract.ts";
import { fromErrorBody } from "../shared/error-body.ts";
import type { CliContext } from "./context.ts";
import { followOperation } from "./operation.ts";

/** Creates a VM, shown live. Cancelled too late, it is deleted again before {@link Interrupted} is thrown. */
export function createVm(
  context: CliContext,
  client: Pick<RpcClient, "call" | "watch">,
  params: VmCreateParams,
  options: { quiet: boolean },
): Promise<VmCreated> {
  return followOperation<VmCreated>(context, {
    client,
    quiet: options.quiet,
    begin: () => client.call("vm.create", params),
    undo: (result) => deleteVm(client, (result as VmCreated).id),
  });
}

/** Deletes a VM, running or not, and waits until nothing is left of it. Throws the daemon's error. Gone already is a success. */
export async function deleteVm(client: Pick<RpcClient, "call" | "watch">, id: string): Promise<void> {
  const { operationId } = await client.call("vm.delete", { refs: [id], force: true });
  for await (const event of client.watch(operationId)) {
    if (event.type === "failed") throw fromErrorBody(event.error);
    if (event.type !== "done") continue;
    const error = (event.result as BulkResult).results[0]?.error ?? null;
    if (error !== null && error.code !== "ERR_VM_NOT_FOUND") throw fromErrorBody(error);
  }
}
