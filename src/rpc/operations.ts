import type { OperationEvent } from "../domain/operation.ts";
import { fromErrorBody } from "../shared/error-body.ts";
import { BangerError } from "../shared/errors.ts";
import type { RpcClient } from "./client.ts";
import type { BulkResult } from "./contract.ts";

/** Shows each event of an operation and returns its result, or throws its error; ERR_DAEMON_LOST when the daemon ends before. */
export async function watchToEnd<T>(
  client: Pick<RpcClient, "watch">,
  operationId: string,
  show: (event: OperationEvent) => void,
): Promise<T> {
  for await (const event of client.watch(operationId)) {
    show(event);
    if (event.type === "failed") throw fromErrorBody(event.error);
    if (event.type === "done") return event.result as T;
  }
  throw new BangerError("ERR_DAEMON_LOST", "the daemon ended before the operation did", {
    next: "see what became of it with `banger vm list --all`",
  });
}

/** Throws what work on several VMs says of one of them. */
export function throwBulkError({ results: [first] }: BulkResult): void {
  if (first?.error) throw fromErrorBody(first.error);
}

/** Deletes a VM, running or not, and waits until nothing is left of it. Throws the daemon's error. Gone already is a success. */
export async function deleteVm(client: Pick<RpcClient, "call" | "watch">, id: string): Promise<void> {
  const { operationId } = await client.call("vm.delete", { refs: [id], force: true });
  const { results } = await watchToEnd<BulkResult>(client, operationId, () => undefined);
  if (results[0]?.error?.code !== "ERR_VM_NOT_FOUND") throwBulkError({ results });
}
