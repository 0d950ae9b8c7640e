import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { WorkDisk } from "../../../../../src/capabilities/work-disk.ts";
import { vmPaths } from "../../../../../src/config/paths.ts";
import type { Capability } from "../../../../../src/domain/capability.ts";
import type { GuestAgent } from "../../../../../src/domain/guest.ts";
import { type FakeHostOps, openFakeHostOps } from "../../../../../src/host/fake/index.ts";
import type { HostOps } from "../../../../../src/host/host-ops.ts";
import { ImageService } from "../../../../../src/services/images.ts";
import { KeyedLocks } from "../../../../../src/services/locks.ts";
import { HostNetwork } from "../../../../../src/services/network.ts";
import { Operations } from "../../../../../src/services/operations.ts";
import { CapabilityHooks } from "../../../../../src/services/vm/capability-hooks.ts";
import type { VmDeps } from "../../../../../src/services/vm/deps.ts";
import { recordDesired, releaseHostObjects } from "../../../../../src/services/vm/host-objects.ts";
import { LastUse } from "../../../../../src/services/vm/last-use.ts";
import { Machines } from "../../../../../src/services/vm/machines.ts";
import { VmService } from "../../../../../src/services/vm/service.ts";
import { SpacePromises } from "../../../../../src/services/vm/space-promises.ts";
import { silentLogger } from "../../../../../src/shared/logger.ts";
import { openState, type State } from "../../../../../src/state/database.ts";
import { HandlesFile } from "../../../../../src/state/handles.ts";
import { HostFile } from "../../../../../src/state/host-file.ts";
import { resolveRef, resolveRefs } from "../../../../../src/state/refs.ts";
import { CopyDriver } from "../../../../../src/storage/root-disks.ts";
import { SpareCopies } from "../../../../../src/storage/spare-copy.ts";
import { WorkDiskMaker } from "../../../../../src/storage/work-disks.ts";
import type { Mortal } from "../../support/mortal.ts";
import { fakeAgent } from "./fake-agent.ts";
import { fakeLibrary } from "./fake-library.ts";
import { fakeVmm } from "./fake-vmm.ts";

const IMAGE_ID = "0".repeat(32);

/** What the guest's agent does when it is asked for. */
export type GuestBehaviour = "answers" | "hangs" | "dies";

interface WorldOptions {
  /** The daemon whose host, database and files this one finds. */
  readonly before?: World;
  /** When it ends. */
  readonly mortal?: Mortal | undefined;
  /** As Firecracker does, and QEMU does not. */
  readonly opensDisksAtOnce?: boolean;
}

/** Without an end of its own. */
const IMMORTAL: Pick<Mortal, "of" | "ofSync"> = { of: (part) => part, ofSync: (part) => part };

function makeDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), "world-"));
  for (const part of ["vms", "image", "run/vms"]) mkdirSync(path.join(directory, part), { recursive: true });
  for (const file of ["rootfs.ext4", "work-seed.ext4", "vmlinux"])
    writeFileSync(path.join(directory, "image", file), "x".repeat(4096));
  return directory;
}

function makeState(directory: string): State {
  const network = { networkCidr: "172.30.0.0/16", slots: 100 };
  const state = openState(path.join(directory, "state.db"), { ...network, version: "0.0.0" });
  const times = { rootfsBytes: 4096, seedBytes: 4096, createdAt: "2026-01-01T00:00:00Z" };
  state.images.insert({ id: IMAGE_ID, name: "img", kernelName: "k", source: "debian", ...times });
  return state;
}

/** The services over a kernel in memory, a real database and real files; the VMM is a simulated process, the guest a behaviour. */
export class World {
  readonly directory: string;
  readonly host: FakeHostOps;
  readonly state: State;
  readonly deps: VmDeps;
  readonly operations: Operations;
  readonly vms: VmService;
  /** Composed after the work disk. */
  readonly capabilities: readonly Capability[];
  guest: GuestBehaviour = "answers";
  now = new Date(0);
  #ids: number;

  constructor(
    host: FakeHostOps = openFakeHostOps({ reflinks: false }),
    capabilities: readonly Capability[] = [],
    { before, mortal, opensDisksAtOnce }: WorldOptions = {},
  ) {
    this.host = host;
    this.capabilities = capabilities;
    this.directory = before?.directory ?? makeDirectory();
    this.state = before?.state ?? makeState(this.directory);
    this.#ids = before === undefined ? 0 : before.#ids;
    this.deps = this.#deps(mortal, opensDisksAtOnce);
    this.operations = new Operations(silentLogger, () => `op-${this.#ids++}`);
    const images = new ImageService(this.state.images, this.deps.library, this.deps.locks, this.deps.newId);
    this.vms = new VmService(this.deps, images, this.operations, { one: resolveRef, all: resolveRefs });
  }

  #deps({ of, ofSync } = IMMORTAL, opensDisksAtOnce = false): VmDeps {
    const [host, store] = [of<HostOps>(this.host), ofSync(this.state.vms)];
    const vmms = new Map([["qemu", fakeVmm(host.process, opensDisksAtOnce)] as const]);
    const machines = new Machines(
      vmms,
      ({ handles, signal }) => this.#agent(handles.process?.pid ?? 0, signal),
      async (vm, handles, paths) => {
        await releaseHostObjects(deps, vm.id, handles, paths);
        recordDesired(deps, vm.id, "stopped");
      },
      () => undefined,
    );
    const deps: VmDeps = {
      host,
      store,
      images: this.state.images,
      library: fakeLibrary(path.join(this.directory, "image")),
      handles: of(new HandlesFile(this.host.file)),
      vmms,
      pickVmm: async () => ({ kind: "qemu", accelerator: "tcg", reason: "" }),
      pickStorage: async () => ({ kind: "copy", reason: "" }),
      rootDisks: new Map([
        ["copy", new CopyDriver(host, new SpareCopies({ clone: host.clone, logger: silentLogger }))],
      ]),
      capabilities: new CapabilityHooks(
        [
          new WorkDisk({
            disks: new WorkDiskMaker(host),
            seedOf: () => path.join(this.directory, "image/work-seed.ext4"),
          }),
          ...this.capabilities,
        ],
        silentLogger,
      ),
      forwarder: { of: () => [] },
      guestConfig: {
        write({ paths }, begin) {
          writeFileSync(paths.configDisk, "tar");
          return { made: Promise.resolve(), written: begin.then(() => []) };
        },
      },
      network: new HostNetwork(
        host,
        "172.30.0.0/16",
        of(new HostFile(this.host.file, path.join(this.directory, "host.json"))),
      ),
      machines,
      lastUse: new LastUse({ store, now: () => this.now, logger: silentLogger }),
      locks: new KeyedLocks(),
      settings: {
        ...{ defaultImage: "img", vcpu: 1, memoryMib: 256, diskSizeBytes: 8192, overlaySizeBytes: 4096 },
        ...{ bootTimeoutMs: 60_000, stopTimeoutMs: 0, firstUid: 70_000, lastUid: 70_100 },
        ...{ stateDirectory: this.directory, hostCpus: 4, hostMemoryMib: 4096 },
      },
      paths: (id) =>
        vmPaths({ vms: path.join(this.directory, "vms"), runtime: path.join(this.directory, "run") }, id),
      freeBytes: async () => ({ free: 2 ** 40, total: 2 ** 40 }),
      space: new SpacePromises(),
      now: () => this.now,
      newId: () => (++this.#ids).toString(16).padStart(32, "0"),
      newToken: () => "0".repeat(32),
      logger: silentLogger,
    };
    return deps;
  }

  #agent(pid: number, signal: AbortSignal): Promise<GuestAgent> {
    if (this.guest === "hangs") return new Promise(() => undefined);
    if (this.guest === "dies") {
      this.host.endProcess(pid, { code: 0, signal: null });
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    }
    return Promise.resolve(fakeAgent());
  }

  /** The last event of an operation: `done` with its result, or `failed` with its error. */
  async end(operationId: string): Promise<{ result?: unknown; error?: { code: string } }> {
    let last = {};
    for await (const event of this.operations.watch(operationId)) last = event;
    return last;
  }

  /** Everything of VMs on the host and on disk, and the records: empty when nothing is left. The anchor is nobody's VM. */
  left(): unknown[] {
    return [
      ...[...this.host.kernel.links.keys()].filter((name) => name.startsWith("bgr")),
      ...this.host.kernel.routes,
      ...this.host.kernel.cgroups.keys(),
      ...readdirSync(path.join(this.directory, "vms")),
      ...readdirSync(path.join(this.directory, "run/vms")),
      ...this.state.vms.list().map((vm) => vm.name),
      ...this.deps.machines.running.map((machine) => machine.vm.name),
    ];
  }

  close(): void {
    this.state.close();
    rmSync(this.directory, { recursive: true });
  }
}
