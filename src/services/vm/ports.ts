import type { ForwardedPort } from "../../domain/forwarder.ts";
import type { GuestAgent } from "../../domain/guest.ts";
import { hostEndpoint } from "../../domain/published-port.ts";
import type { VmRecord } from "../../domain/vm.ts";
import type { VmListener, VmPorts, VmPublishedPort } from "../../rpc/contract.ts";
import { BangerError } from "../../shared/errors.ts";
import type { VmDeps } from "./deps.ts";
import { reachAgent, within } from "./guest-wait.ts";
import { type GuestService, guestServices } from "./listeners.ts";
import { probeWeb } from "./web-probe.ts";

/** A guest may listen on thousands of ports: as many are probed, at most so many at once, and all of them within this time. */
const MOST_PROBES = 64;
const PROBES_AT_ONCE = 8;
const PROBES_MS = 8_000;
/** Its server greets first, and writes to its log, or worse, of whom it does not understand. */
const NEVER_PROBED: ReadonlySet<number> = new Set([22]);

/** What listens in a VM's guest, and which ports of the host lead there (NET-5, NET-6). ERR_GUEST_TIMEOUT, the signal's reason. */
export async function portsOf(deps: VmDeps, vm: VmRecord, signal: AbortSignal): Promise<VmPorts> {
  const { id, name, address } = vm;
  const about = { id, name, state: deps.machines.state(id), address };
  if (deps.machines.get(id) === null) {
    return { ...about, listeners: [], published: publishedOf(deps, vm), truncated: false };
  }
  const agent = await reachAgent(deps, vm, signal);
  const timeoutMs = deps.settings.bootTimeoutMs;
  const limits = { timeoutMs, signal, late: () => silent(vm, timeoutMs) };
  const { listeners: sockets, truncated } = await within(limits, (either) => agent.ports(either));
  const services = guestServices(sockets, address);
  const protocols = await protocolsOf(services, agent, `${name}.vm`, signal);
  const listeners = services.map((service, at) => listenerOf(service, protocols[at] ?? null, name));
  return { ...about, listeners, published: publishedOf(deps, vm, listeners), truncated };
}

/** `listeners`: of its guest, where it was asked; without them an endpoint is no URL, and a port at whose end nobody listens has no problem. */
export function publishedOf(
  deps: Pick<VmDeps, "machines" | "forwarder">,
  vm: VmRecord,
  listeners: readonly VmListener[] = [],
): VmPublishedPort[] {
  if (deps.machines.get(vm.id) === null)
    return vm.spec.publish.map((port) => publishedPort({ ...port, problem: null }, false, []));
  return deps.forwarder.of(vm.id).map((port) => publishedPort(port, port.problem === null, listeners));
}

function silent({ name }: VmRecord, timeoutMs: number): BangerError {
  const message = `the agent of ${name} did not tell within ${timeoutMs / 1000} s what listens there`;
  return new BangerError("ERR_GUEST_TIMEOUT", message, { next: `\`banger vm health ${name}\` tells more` });
}

/** By service: http, https, or null. */
async function protocolsOf(
  services: readonly GuestService[],
  agent: GuestAgent,
  host: string,
  signal: AbortSignal,
): Promise<("http" | "https" | null)[]> {
  const found: ("http" | "https" | null)[] = services.map(() => null);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBES_MS)]);
  const wanted = services
    .map(({ protocol, port }, at) => ({ protocol, port, at }))
    .filter(({ protocol, port }) => protocol === "tcp" && !NEVER_PROBED.has(port))
    .slice(0, MOST_PROBES)
    .values();
  const work = async () => {
    for (const { port, at } of wanted) {
      found[at] = await probeWeb((until) => agent.openTcp(port, until), host, limit);
    }
  };
  await Promise.all(Array.from({ length: PROBES_AT_ONCE }, work));
  signal.throwIfAborted();
  return found;
}

function listenerOf(service: GuestService, web: "http" | "https" | null, name: string): VmListener {
  const { protocol: transport, port, addresses, guestOnly, pid, process, command } = service;
  const protocol = web ?? transport;
  const place = guestOnly
    ? hostEndpoint({ hostAddress: addresses[0] ?? "", hostPort: port })
    : `${name}.vm:${port}`;
  const endpoint = web === null ? place : `${web}://${place}`;
  const about = { pid, process, command };
  return { protocol, transport, port, addresses: [...addresses], guestOnly, endpoint, ...about };
}

function publishedPort(
  { problem, ...port }: ForwardedPort,
  open: boolean,
  listeners: readonly VmListener[],
): VmPublishedPort {
  const here = listeners.filter((each) => each.transport === port.protocol && each.port === port.guestPort);
  const reached = here.find(({ guestOnly }) => !guestOnly);
  const web = reached?.protocol === "http" || reached?.protocol === "https" ? `${reached.protocol}://` : "";
  return {
    ...port,
    endpoint: `${web}${hostEndpoint(port)}`,
    open,
    problem: problem ?? (reached === undefined ? unreached(here[0]) : null),
  };
}

/** Why a port that is open leads to nobody. */
function unreached(inside: VmListener | undefined): string | null {
  return inside === undefined
    ? null
    : `in the guest only ${inside.endpoint} listens, which nobody outside of it reaches: let it listen at 0.0.0.0`;
}
