import type { Duplex } from "node:stream";
import type { RpcClient } from "../../rpc/client.ts";
import type { Progress } from "../render/progress.ts";

/** Who waits longer is told for what, in milliseconds. */
const QUIET_MS = 1_000;

/** The workspace of a VM for this command alone, until the stream is destroyed (WS-4). ERR_VM_NOT_FOUND, ERR_VM_NOT_RUNNING. */
export async function takeTurn(
  client: Pick<RpcClient, "workspace">,
  { vm, progress, signal }: { vm: string; progress: Progress; signal: AbortSignal },
): Promise<Duplex> {
  const text = "waiting for another prepare or export of this VM to end";
  const timer = setTimeout(() => progress.event({ type: "note", text }), QUIET_MS);
  try {
    return await client.workspace(vm, { signal });
  } finally {
    clearTimeout(timer);
  }
}
