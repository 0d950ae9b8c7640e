import type { GuestAgent } from "../../domain/guest.ts";
import type { Vmm } from "../../domain/ports.ts";
import type { VmHandles, VmmKind, VmPaths, VmRecord, VmState } from "../../domain/vm.ts";
import type { ProcessExit } from "../../host/host-ops.ts";
import { vmmOf } from "./drivers.ts";

/** Connects to a guest's agent: pipe of the VMM, handshake, HTTP/2. */
export type AgentConnector = (machine: {
  paths: VmPaths;
  handles: VmHandles;
  signal: AbortSignal;
}) => Promise<GuestAgent>;

export interface Machine {
  readonly vm: VmRecord;
  readonly paths: VmPaths;
  readonly handles: VmHandles;
  /** Resolves when the VMM has ended and everything of it on the host was released. */
  readonly gone: Promise<ProcessExit>;
}

interface Entry {
  machine: Machine;
  agent: Promise<GuestAgent> | null;
  abort: AbortController;
}

/**
 * What runs now, in memory: one entry per live VMM, made at start or adopted at reconcile, dropped when the VMM has ended. The
 * connection to the agent is opened once, shared, and opened again at the next use after it was lost.
 */
export class Machines {
  readonly #entries = new Map<string, Entry>();
  readonly #greeted = new WeakSet<GuestAgent>();
  readonly #wanted = new WeakSet<Machine>();
  readonly #timerless = new WeakSet<Machine>();
  /** When all that they say has been read. */
  readonly #consoles = new WeakMap<Machine, Promise<void>>();
  /** Of each VM what is being done to it, the last begun last. */
  readonly #phases = new Map<string, readonly { readonly state: VmState }[]>();
  readonly #vmms: ReadonlyMap<VmmKind, Vmm>;
  readonly #connect: AgentConnector;
  readonly #release: (vm: VmRecord, handles: VmHandles, paths: VmPaths) => Promise<void>;
  readonly #onHalted: (machine: Machine) => void;

  constructor(
    vmms: ReadonlyMap<VmmKind, Vmm>,
    connect: AgentConnector,
    release: (vm: VmRecord, handles: VmHandles, paths: VmPaths) => Promise<void>,
    onHalted: (machine: Machine) => void,
  ) {
    this.#vmms = vmms;
    this.#connect = connect;
    this.#release = release;
    this.#onHalted = onHalted;
  }

  /** Takes a live VMM in: follows its console, sees to it when its guest halts, and releases its host objects when it ends. */
  adopt(vm: VmRecord, handles: VmHandles, paths: VmPaths): Machine {
    const process = handles.process;
    if (process === null) throw new Error(`${vm.id} has no VMM to adopt`);
    const vmm = vmmOf({ vmms: this.#vmms }, handles.vmm);
    const abort = new AbortController();
    const gone = vmm.wait(process).then(async (exit) => {
      abort.abort();
      // Not waited for: whatever a connection to a dead machine does, the host's side is released now.
      void this.#entries.get(vm.id)?.agent?.then(
        (connected) => connected.close(),
        () => undefined,
      );
      try {
        await this.#release(vm, handles, paths);
      } finally {
        this.#entries.delete(vm.id);
      }
      return exit;
    });
    // A daemon that stops closes HostOps: waits reject then, and the VM runs on.
    gone.catch(() => undefined);
    const machine: Machine = { vm, paths, handles, gone };
    this.#entries.set(vm.id, { machine, agent: null, abort });
    const read = vmm.followConsole(paths, (word) => {
      if (word === "halted") this.#onHalted(machine);
      else this.#timerless.add(machine);
    });
    this.#consoles.set(machine, read);
    return machine;
  }

  get(id: string): Machine | null {
    return this.#entries.get(id)?.machine ?? null;
  }

  /** Somebody has asked for its end: whoever waits for its guest is not to be told that the guest died. */
  willEnd(machine: Machine): void {
    this.#wanted.add(machine);
  }

  isEndWanted(machine: Machine): boolean {
    return this.#wanted.has(machine);
  }

  /** Whether the kernel of a machine that has ended said that it found no timer. */
  async foundNoTimer(machine: Machine): Promise<boolean> {
    await this.#consoles.get(machine);
    return this.#timerless.has(machine);
  }

  get running(): Machine[] {
    return [...this.#entries.values()].map((entry) => entry.machine);
  }

  /** The shared connection to a VM's agent, opened if there is none. Rejects when the VMM ends first. */
  agent(id: string): Promise<GuestAgent> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return Promise.reject(new Error(`${id} does not run`));
    if (entry.agent === null) {
      const { paths, handles } = entry.machine;
      const opening = this.#connect({ paths, handles, signal: entry.abort.signal });
      entry.agent = opening;
      const forget = () => {
        if (entry.agent === opening) entry.agent = null;
      };
      opening.then((agent) => agent.closed.then(forget), forget);
    }
    return entry.agent;
  }

  /** It speaks our protocol: it has said so, or was booted with it. */
  trust(agent: GuestAgent): void {
    this.#greeted.add(agent);
  }

  /**
   * Makes sure that an agent speaks our protocol, once per connection: a new daemon may find an old build's. Resolves to whether it was asked.
   * ERR_AGENT_PROTOCOL_VERSION.
   */
  async greet(agent: GuestAgent, signal?: AbortSignal): Promise<boolean> {
    if (this.#greeted.has(agent)) return false;
    await agent.health(signal);
    this.trust(agent);
    return true;
  }

  /** Names what is being done to a VM, for `vm list`, while `body` runs. */
  async during<T>(id: string, state: VmState, body: () => Promise<T>): Promise<T> {
    const phase = { state };
    this.#phases.set(id, [...(this.#phases.get(id) ?? []), phase]);
    try {
      return await body();
    } finally {
      const left = (this.#phases.get(id) ?? []).filter((each) => each !== phase);
      if (left.length === 0) this.#phases.delete(id);
      else this.#phases.set(id, left);
    }
  }

  state(id: string): VmState {
    return this.#phases.get(id)?.at(-1)?.state ?? (this.#entries.has(id) ? "running" : "stopped");
  }

  /** Drops the connections; the VMs run on. */
  close(): void {
    for (const entry of this.#entries.values()) {
      entry.abort.abort();
      entry.agent?.then(
        (agent) => agent.close(),
        () => undefined,
      );
    }
    this.#entries.clear();
  }
}
