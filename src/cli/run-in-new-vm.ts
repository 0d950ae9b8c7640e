import type { RpcClient } from "../rpc/client.ts";
import type { VmCreated, VmCreateParams } from "../rpc/contract.ts";
import { deleteVm } from "../rpc/operations.ts";
import { BangerError, errorCode } from "../shared/errors.ts";
import type { CliContext } from "./context.ts";
import { execInVm } from "./exec/exec-in-vm.ts";
import type { ExecRequest } from "./exec/options.ts";
import { say } from "./output.ts";
import { renderError } from "./render/error.ts";
import { sanitize } from "./render/sanitize.ts";
import { onEndSignals, statusOfSignal } from "./signals.ts";
import { createVm } from "./vm-creation.ts";
import type { WorkspaceRequest } from "./workspace/options.ts";
import { prepareInVm, withPlans } from "./workspace/prepare.ts";
import { prepareTools } from "./workspace/tooling.ts";

export interface RunOptions {
  readonly params: VmCreateParams;
  readonly request: ExecRequest;
  /** A checkout to copy first. */
  readonly workspace: WorkspaceRequest | null;
  /** `--rm` */
  readonly remove: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  /** Ends the process at once. */
  readonly exit?: (status: number) => void;
}

/**
 * `vm run`: makes a VM and runs one command or session in it, on one connection. Under `--rm` that connection is the VM's life line:
 * should we be killed, the daemon deletes the VM; else we do so ourselves and wait (RUN-4).
 */
export function runInNewVm(context: CliContext, options: RunOptions): Promise<number> {
  const { workspace } = options;
  const create = (client: RpcClient) => {
    const params = { ...options.params, ...(options.remove ? { autoRemove: true } : {}) };
    return createVm(context, client, params, options);
  };
  if (workspace === null) {
    return context.withDaemon(async (client) => useVm(context, client, await create(client), options));
  }
  return context.withDaemon(async (client) => {
    // What cannot be copied is said before a VM is made; nothing that a Ctrl-C would have to undo is under way meanwhile.
    let vm: VmCreated | null = null;
    try {
      await withPlans(context, workspace, async (plans, signal) => {
        const made = await create(client);
        vm = made;
        signal.throwIfAborted();
        const what = { vm: made.id, request: workspace, force: false, quiet: options.quiet };
        await prepareInVm(context, client, plans, what, signal);
        // A command brings its own; a person is to find what the repository is worked on with.
        if (options.request.spec.argv.length === 0)
          await prepareTools(context, client, plans, { vm: made.id, quiet: options.quiet }, signal);
      });
    } catch (error) {
      if (vm !== null) await leave(context, client, vm, options);
      throw error;
    }
    return useVm(context, client, vm as unknown as VmCreated, options);
  });
}

async function useVm(
  context: CliContext,
  client: RpcClient,
  vm: VmCreated,
  options: RunOptions,
): Promise<number> {
  try {
    const status = await runIn(context, client, vm, options);
    if (!options.remove) remind(context, vm, options);
    return status;
  } finally {
    if (options.remove) await removeVm(context, client, vm, options);
  }
}

/** The copy failed or was interrupted: the VM goes with `--rm`, and is named otherwise. */
async function leave(
  context: CliContext,
  client: RpcClient,
  vm: VmCreated,
  options: RunOptions,
): Promise<void> {
  if (options.remove) await removeVm(context, client, vm, options);
  else say(context, stillRunning(vm));
}

async function runIn(
  context: CliContext,
  client: RpcClient,
  vm: VmCreated,
  { request, debug }: RunOptions,
): Promise<number> {
  try {
    return await execInVm(context, client, { ref: vm.id, debug }, request);
  } catch (error) {
    // Not a daemon that another one can replace now: the VM is there, and making it anew would be wrong.
    if (errorCode(error) !== "ERR_DAEMON_STOPPING") throw error;
    throw new BangerError("ERR_DAEMON_LOST", "the daemon was stopped before the command began", {
      next: `the VM is there: \`banger vm exec ${vm.name} -- command\``,
      cause: error,
    });
  }
}

/** Waits until nothing is left. A signal meanwhile ends us at once: the daemon goes on with it. */
async function removeVm(
  context: CliContext,
  client: RpcClient,
  vm: VmCreated,
  options: RunOptions,
): Promise<void> {
  const exit = options.exit ?? ((status: number) => process.exit(status));
  const off = onEndSignals(context.signals, (signal) => exit(statusOfSignal(signal)));
  try {
    await deleteVm(client, vm.id);
  } catch (error) {
    // The command's own status is what the caller asked for; that the VM is still there is said beside it.
    context.stderr.write(renderError(error, context.style.stderr, options.debug));
  } finally {
    off();
  }
}

/** RUN-3; for a command only where a person reads it. */
function remind(context: CliContext, vm: VmCreated, { request, quiet }: RunOptions): void {
  const interactive = request.spec.argv.length === 0;
  if (quiet || !(interactive || context.stderr.isTTY)) return;
  say(context, stillRunning(vm));
}

function stillRunning(vm: VmCreated): string {
  const name = sanitize(vm.name);
  return `${name} is still running (stop with \`banger vm stop ${name}\`)`;
}
