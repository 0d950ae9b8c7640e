import type { GuestAgent, GuestHealth } from "../../domain/guest.ts";
import type { VmRecord } from "../../domain/vm.ts";
import type { ProcessExit } from "../../host/host-ops.ts";
import { BangerError, errorCode } from "../../shared/errors.ts";
import type { OperationContext } from "../operations.ts";
import type { VmDeps } from "./deps.ts";
import type { Machine } from "./machines.ts";

/** How often the agent is asked whether the guest's init is up, in milliseconds. */
const INIT_POLL_MS = 50;
/** How long after its connection was lost the VMM's own end may be seen, in milliseconds: that says more. */
const END_SEEN_MS = 2_000;

export interface GuestWait {
  readonly timeoutMs: number;
  readonly for: "agent" | "system";
  /** Whether whoever waits has booted it: its agent is of this build. */
  readonly isBooted: boolean;
}

/**
 * Waits until the guest's agent answers (and, if asked, its init is up). ERR_GUEST_TIMEOUT and ERR_GUEST_DIED name the VM, the likely
 * cause and the log to read (RUN-5); the VM is kept. ERR_VM_ENDED: somebody else stopped or deleted it.
 */
export async function waitForGuest(
  deps: VmDeps,
  machine: Machine,
  wait: GuestWait,
  context: OperationContext,
): Promise<GuestAgent> {
  const { vm } = machine;
  const deadline = AbortSignal.timeout(wait.timeoutMs);
  const gaveUp = Promise.withResolvers<never>();
  const onDeadline = () => gaveUp.reject(timeoutError(vm, wait));
  const onCancel = () => gaveUp.reject(context.signal.reason);
  deadline.addEventListener("abort", onDeadline);
  context.signal.addEventListener("abort", onCancel);
  if (context.signal.aborted) onCancel();
  void machine.gone.then(
    (exit) => gaveUp.reject(deps.machines.isEndWanted(machine) ? endedError(vm) : diedError(vm, exit)),
    () => undefined,
  );
  let over = false;
  const answered = context.stage("guest", () =>
    Promise.race([
      greet(deps, vm, wait, () => over).catch((error) => afterItsEnd(deps, error, machine)),
      gaveUp.promise,
    ]),
  );
  try {
    return await answered;
  } finally {
    over = true;
    deadline.removeEventListener("abort", onDeadline);
    context.signal.removeEventListener("abort", onCancel);
    // Not before: it would have taken the host's CPU from the guest that somebody waits for.
    deps.network.prepareNext();
  }
}

/** The agent of a VM that runs, for a client which may go away: a guest that hangs holds nobody up. ERR_GUEST_TIMEOUT, the signal's reason. */
export function reachAgent(deps: VmDeps, vm: VmRecord, signal: AbortSignal): Promise<GuestAgent> {
  const timeoutMs = deps.settings.bootTimeoutMs;
  const late = () => timeoutError(vm, { timeoutMs, for: "agent" });
  return within({ timeoutMs, signal, late }, async (either) => {
    const agent = await deps.machines.agent(vm.id);
    // The daemon that started it may have ended before it set its clock.
    if (await deps.machines.greet(agent, either)) setClock(deps, vm, agent);
    return agent;
  });
}

/** Waits, for such a client, until the guest's init has said that it is up. ERR_GUEST_TIMEOUT, the signal's reason. */
export function reachSystem(
  deps: VmDeps,
  vm: VmRecord,
  agent: GuestAgent,
  signal: AbortSignal,
): Promise<void> {
  const timeoutMs = deps.settings.bootTimeoutMs;
  const late = () => timeoutError(vm, { timeoutMs, for: "system" });
  return within({ timeoutMs, signal, late }, (either) => untilInitIsUp(agent, { signal: either }));
}

/** Runs `body` until its end, the end of the time (then `late` says so) or the signal, whichever is first; its own signal is both. */
export async function within<T>(
  { timeoutMs, signal, late }: { timeoutMs: number; signal: AbortSignal; late: () => BangerError },
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const gaveUp = Promise.withResolvers<never>();
  const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const onAbort = () => gaveUp.reject(signal.aborted ? signal.reason : late());
  // Before the body's own listeners: its errors of an abort say less.
  either.addEventListener("abort", onAbort);
  if (either.aborted) onAbort();
  try {
    return await Promise.race([gaveUp.promise, body(either)]);
  } finally {
    either.removeEventListener("abort", onAbort);
  }
}

/** What a VMM's end looks like from its guest's side, told when the end itself had its chance to be: that says more. */
async function afterItsEnd(deps: VmDeps, error: unknown, machine: Machine): Promise<never> {
  // Its sockets close a moment before its end is seen; a connection that is being made is given up before its host objects are released.
  let ended = error instanceof Error && error.name === "AbortError";
  if (errorCode(error) === "ERR_AGENT_LOST") {
    await new Promise((resolve) => setTimeout(resolve, END_SEEN_MS));
    const { process } = machine.handles;
    ended = process === null || !(await deps.host.process.isAlive(process));
  }
  if (ended) await machine.gone.catch(() => undefined);
  throw error;
}

async function greet(
  deps: VmDeps,
  vm: VmRecord,
  wait: GuestWait,
  isOver: () => boolean,
): Promise<GuestAgent> {
  const agent = await deps.machines.agent(vm.id);
  // One that has answered need not be asked, which its first command would wait for; one that was found running may be an old build's, or hang.
  const health = wait.isBooted && agent.hasAnswered ? undefined : await agent.health();
  deps.machines.trust(agent);
  setClock(deps, vm, agent);
  if (wait.for === "system") await untilInitIsUp(agent, { health, isOver });
  return agent;
}

/**
 * The guest has set its clock from the config disk. This corrects what the VMM's start took; nobody waits for it, but a command that is sent
 * later finds it done.
 */
function setClock(deps: VmDeps, vm: VmRecord, agent: GuestAgent): void {
  agent
    .setClock()
    .catch((error) => deps.logger.warn({ vm: vm.id, err: error }, "the guest's clock could not be set"));
}

function timeoutError(vm: VmRecord, wait: Pick<GuestWait, "timeoutMs" | "for">): BangerError {
  const what = wait.for === "agent" ? "its agent did not answer" : "its init did not come up";
  return new BangerError(
    "ERR_GUEST_TIMEOUT",
    `${vm.name} was started, but ${what} within ${wait.timeoutMs / 1000} s; the kernel or the image's init may hang; the VM is still there`,
    {
      next: `read its console: \`banger vm logs ${vm.name}\`; raise \`boot_timeout\` on a slow host`,
      details: { id: vm.id, name: vm.name },
    },
  );
}

function diedError(vm: VmRecord, { signal }: ProcessExit): BangerError {
  const why =
    signal === null
      ? "the guest panicked, powered off or lacked memory"
      : `its VMM was ended by signal ${signal}, which is not the guest's doing`;
  return new BangerError(
    "ERR_GUEST_DIED",
    `${vm.name} ended before its agent answered: ${why}; the VM is still there, stopped`,
    { next: `read its console: \`banger vm logs ${vm.name}\``, details: { id: vm.id, name: vm.name } },
  );
}

function endedError(vm: VmRecord): BangerError {
  const { id, name } = vm;
  return new BangerError(
    "ERR_VM_ENDED",
    `${name} was stopped or deleted by somebody else before its agent answered`,
    { next: "`banger vm list --all` says whether it is still there", details: { id, name } },
  );
}

/** Asks the agent until the guest's init has said that it is up, or failed; or until `isOver`, or its signal. */
async function untilInitIsUp(
  agent: GuestAgent,
  {
    signal,
    isOver,
    ...known
  }: { health?: GuestHealth | undefined; signal?: AbortSignal; isOver?: () => boolean },
): Promise<void> {
  let health = known.health ?? (await agent.health(signal));
  while (health.init === "starting" && isOver?.() !== true) {
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, INIT_POLL_MS));
    health = await agent.health(signal);
  }
}
