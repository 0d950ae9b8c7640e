import type { VmRecord } from "../../domain/vm.ts";
import type { BulkEntry, BulkResult } from "../../rpc/contract.ts";
import { toErrorBody } from "../../shared/error-body.ts";
import type { OperationContext, Operations } from "../operations.ts";
import type { ResolvedVm } from "./service.ts";

const SEE_LOG = "`banger daemon logs` has the details";

/** Work on one of several VMs; what it resolves to is told with its entry. */
export type BulkWork = (
  vm: VmRecord,
  context: OperationContext,
  // biome-ignore lint/suspicious/noConfusingVoidType: most work has nothing to tell
) => Promise<Pick<BulkEntry, "applies"> | void>;

/** VM-3: doubles are dropped already; the work is done at once, results are in first-seen order, one that fails holds up no other. */
export function beginBulk(
  operations: Operations,
  kind: string,
  resolved: readonly ResolvedVm[],
  work: BulkWork,
): string {
  const body = async (context: OperationContext) => {
    const one = async ({ ref, record, error }: ResolvedVm): Promise<BulkEntry> => {
      if (record === null) return { ref, id: null, name: null, error: toErrorBody(error) };
      const { id, name } = record;
      try {
        const told = await work(record, named(context, record, resolved.length > 1));
        return { ref, id, name, error: null, ...told };
      } catch (failure) {
        const body = toErrorBody(failure);
        const next = body.next ?? (body.code === "ERR_CANCELLED" ? undefined : SEE_LOG);
        return { ref, id, name, error: { ...body, next } };
      }
    };
    return { results: await Promise.all(resolved.map(one)) } satisfies BulkResult;
  };
  const subject = resolved.map(({ ref, record }) => record?.name ?? ref).join(" ");
  return operations.begin(kind, body, subject).id;
}

/** Where several VMs are worked on, each stage says whose it is. */
function named(context: OperationContext, vm: VmRecord, several: boolean): OperationContext {
  if (!several) return context;
  return { ...context, stage: (name, body) => context.stage(`${vm.name}: ${name}`, body) };
}
