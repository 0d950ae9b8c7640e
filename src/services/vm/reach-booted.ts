import { errorCode, errorMessage } from "../../shared/errors.ts";
import type { OperationContext } from "../operations.ts";
import type { VmDeps } from "./deps.ts";
import { type GuestWait, waitForGuest } from "./guest-wait.ts";
import type { Machine } from "./machines.ts";

/**
 * Waits for the guest of a machine that was booted just now, as {@link waitForGuest}. One whose kernel has found no timer, as happens under
 * software emulation on a busy host, is booted once more; where that cannot be done, its own end is the error.
 */
export async function reachBooted(
  deps: VmDeps,
  machine: Machine,
  wait: Omit<GuestWait, "isBooted">,
  context: OperationContext,
  bootAgain: () => Promise<Machine>,
): Promise<void> {
  const booted = { ...wait, isBooted: true };
  try {
    await waitForGuest(deps, machine, booted, context);
  } catch (error) {
    if (errorCode(error) !== "ERR_GUEST_DIED" || !(await deps.machines.foundNoTimer(machine))) throw error;
    const { name } = machine.vm;
    context.note(`the kernel of ${name} has found no timer, as it may on a busy host: it is started again`);
    const again = await bootAgain().catch((failure: unknown) => {
      if (!context.signal.aborted)
        context.warning(`${name} could not be started again: ${errorMessage(failure)}`);
      throw error;
    });
    await waitForGuest(deps, again, booted, context);
  }
}
