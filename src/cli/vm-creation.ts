import type { RpcClient } from "../rpc/client.ts";
import type { VmCreated, VmCreateParams } from "../rpc/contract.ts";
import { deleteVm } from "../rpc/operations.ts";
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
