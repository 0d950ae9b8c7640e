import type { RpcClient } from "../../rpc/client.ts";
import { errorCode } from "../../shared/errors.ts";
import { ExecSession } from "../../shared/exec/exec-session.ts";
import { startFailureStatus } from "../../shared/exec/exec-spec.ts";
import type { CliContext } from "../context.ts";
import { renderError } from "../render/error.ts";
import { type EndSignal, Interrupted, onEndSignals } from "../signals.ts";
import type { ExecRequest } from "./options.ts";
import { runSession } from "./session.ts";

export interface ExecTarget {
  readonly ref: string;
  readonly wait?: "agent" | "system";
  readonly debug: boolean;
}

/**
 * Runs a command in a VM and resolves with the exit status for it: also when it could not start, which is said (127, 126). Rejects
 * with {@link Interrupted} for a signal before it began.
 */
export async function execInVm(
  context: CliContext,
  client: Pick<RpcClient, "exec">,
  target: ExecTarget,
  request: ExecRequest,
): Promise<number> {
  const duplex = await openExec(context, client, target);
  try {
    return await runSession(context, new ExecSession(duplex), request);
  } catch (error) {
    const status = startFailureStatus(errorCode(error));
    if (status === null) throw error;
    context.stderr.write(renderError(error, context.style.stderr, target.debug));
    return status;
  }
}

/** With `--wait system` this can take long, so a signal ends it. */
async function openExec(context: CliContext, client: Pick<RpcClient, "exec">, target: ExecTarget) {
  const abort = new AbortController();
  let interrupted: EndSignal | null = null;
  const off = onEndSignals(context.signals, (signal) => {
    interrupted = signal;
    abort.abort();
  });
  try {
    const wait = target.wait === undefined ? {} : { wait: target.wait };
    return await client.exec(target.ref, { ...wait, signal: abort.signal });
  } catch (error) {
    throw interrupted === null ? error : new Interrupted(interrupted);
  } finally {
    off();
  }
}
