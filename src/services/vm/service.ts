import type { Duplex } from "node:stream";
import type { VmRecord } from "../../domain/vm.ts";
import type { VmCreateParams, VmSetParams } from "../../rpc/contract.ts";
import { BangerError } from "../../shared/errors.ts";
import type { ImageService } from "../images.ts";
import type { Operations } from "../operations.ts";
import { deleteVm, killVm, notRunning, startVm, stopVm } from "./actions.ts";
import { type BulkWork, beginBulk } from "./bulk.ts";
import { createVm } from "./create.ts";
import type { VmDeps } from "./deps.ts";
import { destroyVm } from "./destroy.ts";
import { reachAgent, reachSystem } from "./guest-wait.ts";
import { networkOf, peerIds } from "./peers.ts";
import { publishedPorts } from "./publish.ts";
import { checkChanges, setVm } from "./set.ts";
import { resolveSizes } from "./spec.ts";

/** The connection of one client, which may end at any time. */
export interface Client {
  /** Runs `callback` once, when the client has gone; at once if it has. */
  onClose(callback: () => void): void;
}

/** Finds VMs by what a person wrote (VM-2). */
export interface RefResolver {
  /** ERR_VM_NOT_FOUND, ERR_AMBIGUOUS_REF. */
  one(ref: string, records: readonly VmRecord[]): VmRecord;
  /** Each VM once, in first-seen order; what leads nowhere with its error. */
  all(refs: readonly string[], records: readonly VmRecord[]): ResolvedVm[];
}

export interface ResolvedVm {
  readonly ref: string;
  readonly record: VmRecord | null;
  readonly error: BangerError | null;
}

/** The use cases of VMs, as operations. */
export class VmService {
  readonly #deps: VmDeps;
  readonly #images: ImageService;
  readonly #operations: Operations;
  readonly #refs: RefResolver;
  readonly #removals = new Set<Promise<void>>();
  #openCommands = 0;
  #closing = false;

  constructor(deps: VmDeps, images: ImageService, operations: Operations, refs: RefResolver) {
    this.#deps = deps;
    this.#images = images;
    this.#operations = operations;
    this.#refs = refs;
  }

  /** Commands that run in guests through this daemon. */
  get openCommands(): number {
    return this.#openCommands;
  }

  find(ref: string): VmRecord {
    return this.#refs.one(ref, this.#deps.store.list());
  }

  /** By its whole name: what a host name such as `<name>.vm` may mean, under which its host key is known. */
  named(name: string): VmRecord {
    const found = this.find(name);
    if (found.name === name) return found;
    throw new BangerError("ERR_VM_NOT_FOUND", `there is no VM "${name}"`, {
      next: `write the whole name: did you mean ${found.name}.vm?`,
    });
  }

  /** Several refs against one snapshot, each VM once (VM-3). */
  resolve(refs: readonly string[]): ResolvedVm[] {
    return this.#refs.all(refs, this.#deps.store.list());
  }

  /** Begins a creation. Bad sizes and ports are refused before the operation exists. */
  create(params: VmCreateParams, client: Client): string {
    resolveSizes(params, this.#deps.settings);
    const network = networkOf(params, (ref) => this.find(ref).id);
    publishedPorts(params.publish, network.net);
    let vm: VmRecord | null = null;
    const { id, finished } = this.#operations.begin(
      "vm.create",
      (context) => {
        const reserved = (record: VmRecord) => {
          vm = record;
          context.about(record.name);
        };
        return createVm(this.#deps, this.#images, params, network, { reserved }, context);
      },
      params.name,
    );
    if (params.autoRemove === true) {
      client.onClose(() => {
        const removal = this.#operations
          .cancel(id)
          .then(() => finished)
          .then(() => (vm === null ? undefined : this.#removeWithClient(vm)));
        this.#removals.add(removal);
        void removal.finally(() => this.#removals.delete(removal));
      });
    }
    return id;
  }

  /** The promise of `--rm` (RUN-4), unless it was taken back because the guest never answered. */
  async #removeWithClient(vm: VmRecord): Promise<void> {
    if (this.#closing) return;
    try {
      if (this.#deps.store.get(vm.id)?.autoRemove !== true) return;
      await destroyVm(this.#deps, vm);
      this.#deps.logger.info({ vm: vm.id }, "removed with its client");
    } catch (err) {
      this.#deps.logger.error(
        { vm: vm.id, err },
        "could not remove a VM whose client went away; the next start tries again",
      );
    }
  }

  start(refs: string[]): string {
    return this.#bulk("vm.start", refs, (vm, context) => startVm(this.#deps, vm, context));
  }

  stop(refs: string[], timeoutMs = this.#deps.settings.stopTimeoutMs): string {
    return this.#bulk("vm.stop", refs, (vm, context) => stopVm(this.#deps, vm, timeoutMs, context));
  }

  /** For a VM that nobody uses, by its id; it goes on if somebody does when its turn has come (VM-14). */
  stopIdle(id: string, isIdle: () => boolean): string {
    const { stopTimeoutMs } = this.#deps.settings;
    return this.#bulk("vm.stop", [id], (vm, context) =>
      stopVm(this.#deps, vm, stopTimeoutMs, context, isIdle),
    );
  }

  restart(refs: string[], timeoutMs = this.#deps.settings.stopTimeoutMs): string {
    return this.#bulk("vm.restart", refs, async (vm, context) => {
      await stopVm(this.#deps, vm, timeoutMs, context);
      await startVm(this.#deps, vm, context);
    });
  }

  kill(refs: string[]): string {
    return this.#bulk("vm.kill", refs, (vm) => killVm(this.#deps, vm));
  }

  delete(refs: string[], force: boolean): string {
    return this.#bulk("vm.delete", refs, (vm) => deleteVm(this.#deps, vm, force));
  }

  /** Changes of VMs; what is wrong with them for every VM is refused before the operation exists. */
  set({ refs, ...given }: VmSetParams): string {
    const changes = { ...given, ...peerIds(given, (ref) => this.find(ref).id) };
    checkChanges(this.#deps, changes);
    return this.#bulk("vm.set", refs, async (vm, context) => ({
      applies: await setVm(this.#deps, vm, changes, context),
    }));
  }

  /** An exec stream to the guest's agent. ERR_VM_NOT_RUNNING, ERR_GUEST_TIMEOUT. */
  async exec(
    ref: string,
    { wait, signal }: { wait: "agent" | "system"; signal: AbortSignal },
  ): Promise<Duplex> {
    const vm = this.find(ref);
    if (this.#deps.machines.get(vm.id) === null) throw notRunning(this.#deps, vm);
    return this.#deps.lastUse.holdStream(vm.id, async () => {
      const agent = await reachAgent(this.#deps, vm, signal);
      if (wait === "system") await reachSystem(this.#deps, vm, agent, signal);
      const stream = agent.openExec();
      this.#openCommands += 1;
      stream.once("close", () => {
        this.#openCommands -= 1;
      });
      return stream;
    });
  }

  /** In use as long as the client is there: a session that does not pass through the daemon. ERR_VM_NOT_RUNNING. */
  hold(ref: string, client: Client): void {
    const vm = this.find(ref);
    if (this.#deps.machines.get(vm.id) === null) throw notRunning(this.#deps, vm);
    client.onClose(this.#deps.lastUse.hold(vm.id));
  }

  /** The daemon ends, and its clients' connections with it: VMs that were to go with their clients go now, while they can be found. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#removals);
    const bound = this.#deps.store.list().filter((vm) => vm.autoRemove);
    await Promise.allSettled(bound.map((vm) => destroyVm(this.#deps, vm)));
  }

  #bulk(kind: string, refs: string[], work: BulkWork): string {
    return beginBulk(this.#operations, kind, this.resolve(refs), work);
  }
}
