import { errorCode } from "../../shared/errors.ts";
import type { OperationContext } from "../operations.ts";
import type { VmDeps } from "./deps.ts";
import { vmmOf } from "./drivers.ts";
import { type GuestWait, waitForGuest } from "./guest-wait.ts";
import type { Machine } from "./machines.ts";

/** What banger-init says before it ends a machine whose kernel has found no timer (agent/src/init/timer_check.h). */
const NO_TIMER = /^banger-init: timer: /m;

/**
 * Waits for the guest of a machine that was booted just now, as {@link waitForGuest}. One whose kernel has found no timer, as happens under
 * software emulation on a busy host, is booted once more.
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
    if (errorCode(error) !== "ERR_GUEST_DIED" || !(await hadNoTimer(deps, machine))) throw error;
    const { vm } = machine;
    context.note(
      `the kernel of ${vm.name} has found no timer, as it may on a busy host: it is started again`,
    );
    await waitForGuest(deps, await bootAgain(), booted, context);
  }
}

async function hadNoTimer(deps: VmDeps, { handles, paths }: Machine): Promise<boolean> {
  const said = await vmmOf(deps, handles.vmm).logTail(paths.consoleLog);
  // The guest's terminal ends its lines with both.
  return NO_TIMER.test(said.replaceAll("\r", ""));
}
