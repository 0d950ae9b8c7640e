import type { GuestHealth } from "../../domain/guest.ts";
import type { VmRecord } from "../../domain/vm.ts";
import type { HealthReply, VmHealth } from "../../rpc/contract.ts";
import { toErrorBody } from "../../shared/error-body.ts";
import { BangerError } from "../../shared/errors.ts";
import type { VmDeps } from "./deps.ts";
import type { Machine } from "./machines.ts";
import type { ResolvedVm } from "./service.ts";

/** How long a guest's agent has to answer, in milliseconds. */
const ASK_MS = 5_000;

/** Of several VMs, at once. */
export async function healthOf(deps: VmDeps, resolved: readonly ResolvedVm[]): Promise<HealthReply> {
  const one = async ({ ref, record, error }: ResolvedVm) => ({
    ref,
    health: record === null ? null : await vmHealth(deps, record),
    error: error === null ? null : toErrorBody(error),
  });
  return { results: await Promise.all(resolved.map(one)) };
}

/**
 * Whether a VM does its work: its VMM is alive, its agent answers in a protocol that is served here, and the guest's init is up and has
 * failed at nothing.
 */
export async function vmHealth(deps: VmDeps, vm: VmRecord): Promise<VmHealth> {
  const machine = deps.machines.get(vm.id);
  const about = { id: vm.id, name: vm.name, state: deps.machines.state(vm.id) };
  const down = { ...about, vmmAlive: false, agent: null };
  if (machine === null) {
    return { ...down, status: "stopped", problem: `${vm.name} is ${about.state}`, next: next(vm, "start") };
  }
  const { process } = machine.handles;
  if (process === null || !(await deps.host.process.isAlive(process))) {
    return { ...down, status: "unhealthy", problem: "its VMM is dead", next: next(vm, "start") };
  }
  try {
    const agent = await ask(deps, machine);
    return { ...about, vmmAlive: true, agent, ...(withoutNetwork(deps, machine) ?? verdict(vm, agent)) };
  } catch (error) {
    return { ...about, vmmAlive: true, agent: null, status: "unhealthy", ...failure(vm, error) };
  }
}

/** A VMM holds the link that it was started with, and a guest the address: null where both are as they are to be. */
function withoutNetwork(
  { network, store }: Pick<VmDeps, "network" | "store">,
  { vm, handles }: Machine,
): Pick<VmHealth, "status" | "problem" | "next"> | null {
  const problem = network.isLost(handles.tap)
    ? "its network device was deleted on this host"
    : `its address, ${vm.address}, is not of \`network_cidr\` any more`;
  if (!network.isLost(handles.tap) && store.isOfNetwork(vm.address)) return null;
  return { status: "degraded", problem, next: next(vm, "restart") };
}

function verdict(vm: VmRecord, { init }: GuestHealth): Pick<VmHealth, "status" | "problem" | "next"> {
  if (init === "starting") {
    return { status: "starting", problem: "its init is not up yet", next: "ask again in a moment" };
  }
  if (init !== "degraded") return { status: "healthy", problem: null, next: null };
  return {
    status: "degraded",
    problem: "services of its init have failed",
    next: `\`banger vm exec ${vm.name} -- systemctl --failed\``,
  };
}

function failure(vm: VmRecord, error: unknown): Pick<VmHealth, "problem" | "next"> {
  const console = `read its console: \`banger vm logs ${vm.name}\``;
  if (error instanceof BangerError) return { problem: error.message, next: error.next ?? console };
  return { problem: "its agent cannot be reached", next: console };
}

/** A guest that hangs must not hang whoever asks. ERR_AGENT_TIMEOUT, and what the agent's client throws. */
async function ask(deps: VmDeps, { vm }: Machine): Promise<GuestHealth> {
  const signal = AbortSignal.timeout(ASK_MS);
  const late = new Promise<never>((_, reject) => {
    const error = new BangerError("ERR_AGENT_TIMEOUT", `its agent did not answer within ${ASK_MS / 1_000} s`);
    signal.addEventListener("abort", () => reject(error));
  });
  const asked = deps.machines.agent(vm.id).then((agent) => agent.health(signal));
  // Whichever comes second is nobody's any more.
  asked.catch(() => undefined);
  late.catch(() => undefined);
  return await Promise.race([asked, late]);
}

function next(vm: VmRecord, verb: string): string {
  return `\`banger vm ${verb} ${vm.name}\``;
}
