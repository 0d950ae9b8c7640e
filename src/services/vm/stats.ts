import type { VmRecord } from "../../domain/vm.ts";
import type { StatsReply, VmDisk, VmStats } from "../../rpc/contract.ts";
import { toErrorBody } from "../../shared/error-body.ts";
import type { CpuMeter, Measured } from "./cpu-meter.ts";
import type { VmDeps } from "./deps.ts";
import { capabilityVm } from "./drivers.ts";
import { rootDiskStats } from "./root-disk.ts";
import type { RefResolver } from "./service.ts";

export interface StatsOptions {
  readonly deps: VmDeps;
  readonly meter: CpuMeter;
  readonly refs: RefResolver;
  /** `stats_poll_interval`: how often a watcher asks. */
  readonly intervalMs: number;
}

/** What VMs take of the host now (VM-12). */
export class StatsService {
  readonly #options: StatsOptions;

  constructor(options: StatsOptions) {
    this.#options = options;
  }

  /** Of the named ones, in first-seen order; without refs, of all that run. What leads nowhere is in `missing`. */
  async stats(refs: readonly string[] | undefined): Promise<StatsReply> {
    const { deps, meter, intervalMs } = this.#options;
    const resolved = this.#resolve(refs);
    const vms = resolved.flatMap(({ record }) => (record === null ? [] : [record]));
    const machines = vms.flatMap(({ id }) => deps.machines.get(id) ?? []);
    const measured = await meter.measure(machines);
    const stats = await Promise.all(vms.map((vm) => statsOf(deps, vm, measured.get(vm.id))));
    const missing = resolved.flatMap(({ ref, error }) =>
      error === null ? [] : [{ ref, error: toErrorBody(error) }],
    );
    return { stats, missing, intervalMs };
  }

  #resolve(refs: readonly string[] | undefined) {
    const { deps } = this.#options;
    if (refs !== undefined) return this.#options.refs.all(refs, deps.store.list());
    const running = deps.store.list().filter(({ id }) => deps.machines.get(id) !== null);
    return running.map((record) => ({ ref: record.id, record, error: null }));
  }
}

async function statsOf(deps: VmDeps, vm: VmRecord, measured: Measured | undefined): Promise<VmStats> {
  const machine = deps.machines.get(vm.id);
  const { startedAt, memoryMib } = machine?.handles ?? { startedAt: null, memoryMib: vm.spec.memoryMib };
  const link = machine === null ? null : await deps.host.link.get(machine.handles.tap).catch(() => null);
  return {
    id: vm.id,
    name: vm.name,
    state: deps.machines.state(vm.id),
    cpuPercent: measured === undefined ? null : Math.round(measured.cpuPercent * 100) / 100,
    memoryBytes: measured?.rssBytes ?? null,
    memoryLimitBytes: memoryMib * 2 ** 20,
    disks: [await rootDiskStats(deps, vm), ...(await otherDisks(deps, vm))].filter((disk) => disk !== null),
    // The TAP's view is the other way round: what it sends, its guest receives.
    network: link === null ? null : { receivedBytes: Number(link.txBytes), sentBytes: Number(link.rxBytes) },
    uptimeSeconds:
      startedAt === null ? null : Math.max(0, (deps.now().getTime() - Date.parse(startedAt)) / 1_000),
  };
}

async function otherDisks(deps: VmDeps, vm: VmRecord): Promise<VmDisk[]> {
  // A VM that is being made, or deleted, has no disks.
  const usage = await deps.capabilities.usage(capabilityVm(deps, vm)).catch(() => []);
  return usage.map((disk) => ({ ...disk, invalid: false, note: null }));
}
