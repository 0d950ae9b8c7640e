import type { VmRecord } from "../../domain/vm.ts";
import { macOfSlot } from "../../domain/vm.ts";
import type { VmDetails, VmSummary } from "../../rpc/contract.ts";
import type { VmDeps } from "./deps.ts";
import type { Machine } from "./machines.ts";
import { publishedOf } from "./ports.ts";
import { rootDiskStats } from "./root-disk.ts";

/** How long `vm show` waits for the guest's word about itself, in milliseconds. */
const ASK_GUEST_MS = 1_000;

export function summarise(deps: VmDeps, vm: VmRecord): VmSummary {
  const machine = deps.machines.get(vm.id);
  return {
    id: vm.id,
    name: vm.name,
    state: deps.machines.state(vm.id),
    image: vm.imageName,
    kernel: vm.kernelName,
    vcpu: machine?.handles.vcpu ?? vm.spec.vcpu,
    memoryMib: machine?.handles.memoryMib ?? vm.spec.memoryMib,
    diskSizeBytes: vm.spec.diskSizeBytes,
    address: vm.address,
    net: vm.spec.net,
    peers: peerNames(deps, vm),
    published: publishedOf(deps, vm),
    createdAt: vm.createdAt,
    startedAt: machine?.handles.startedAt ?? null,
  };
}

/** Running VMs; `all` also the others; `latest` only the newest of all (as Docker's `ps -l`). */
export function listVms(
  deps: VmDeps,
  options: { all?: boolean | undefined; latest?: boolean | undefined },
): VmSummary[] {
  const all = deps.store.list().map((vm) => summarise(deps, vm));
  if (options.latest === true) return all.slice(-1);
  return options.all === true ? all : all.filter((vm) => vm.state !== "stopped");
}

export async function describeVm(deps: VmDeps, vm: VmRecord): Promise<VmDetails> {
  const machine = deps.machines.get(vm.id);
  const paths = deps.paths(vm.id);
  return {
    ...summarise(deps, vm),
    atNextStart: atNextStart(vm, machine),
    overlaySizeBytes: vm.spec.overlaySizeBytes,
    vmm: vm.spec.vmm,
    storage: vm.spec.storage,
    accelerator: machine?.handles.accelerator ?? null,
    autoRemove: vm.autoRemove,
    mac: macOfSlot(vm.slot),
    pid: machine?.handles.process?.pid ?? null,
    tap: machine === null || deps.network.isLost(machine.handles.tap) ? null : machine.handles.tap,
    directory: paths.directory,
    consoleLog: paths.consoleLog,
    vmmLog: paths.vmmLog,
    guest: machine === null ? null : await askGuest(deps, vm),
    rootDisk: await rootDiskStats(deps, vm),
  };
}

/** Those that are still there: a peer that was deleted stays deleted, whatever has its name now. */
function peerNames(deps: VmDeps, vm: VmRecord): string[] {
  return vm.spec.peers.flatMap((id) => deps.store.get(id)?.name ?? []);
}

function atNextStart(vm: VmRecord, machine: Machine | null): VmDetails["atNextStart"] {
  if (machine === null) return null;
  const { vcpu, memoryMib } = vm.spec;
  return vcpu === machine.handles.vcpu && memoryMib === machine.handles.memoryMib
    ? null
    : { vcpu, memoryMib };
}

/** Null when the agent does not answer in time: a guest that hangs must not hang `vm show`. */
async function askGuest(deps: VmDeps, vm: VmRecord): Promise<VmDetails["guest"]> {
  const signal = AbortSignal.timeout(ASK_GUEST_MS);
  const late = new Promise<null>((resolve) => signal.addEventListener("abort", () => resolve(null)));
  const asked = deps.machines.agent(vm.id).then((agent) => agent.health(signal));
  const health = await Promise.race([asked.catch(() => null), late]);
  if (health === null) return null;
  return {
    init: health.init,
    uptimeSeconds: health.uptimeSeconds,
    agentBuild: `${health.build.version}+${health.build.commit}`,
  };
}
