import type { LocalHostOps, ProcessExit } from "../host-ops.ts";
import { FakeAddress } from "./address.ts";
import { FakeCgroup } from "./cgroup.ts";
import { FakeClone } from "./clone.ts";
import { FakeConntrack } from "./conntrack.ts";
import { FakeDm } from "./dm.ts";
import { Faults } from "./faults.ts";
import { FakeFile } from "./file.ts";
import { FakeKernel } from "./kernel.ts";
import { FakeLinks } from "./link.ts";
import { fakeSyncLink } from "./link-sync.ts";
import { FakeLoop } from "./loop.ts";
import { FakeNeighbour } from "./neighbour.ts";
import { FakeNetns } from "./netns.ts";
import { FakeNft } from "./nft.ts";
import { FakeProcess, type SimulatedProgram } from "./process.ts";
import { FakeRoute } from "./route.ts";
import { FakeTap } from "./tap.ts";

export type { FakeDmDevice, FakeLoopDevice } from "./block.ts";
export { type Fault, Faults, type OperationName } from "./faults.ts";
export type { FakeFile } from "./file.ts";
export type { FakeKernel, FakeLink } from "./kernel.ts";
export type { FakeNetns } from "./netns.ts";
export type { SimulatedProgram } from "./process.ts";

/** What the kernel that is played has and has not; nothing given is one that has it all. */
export interface FakeHostOptions {
  /** Shared by several fakes, or armed before the fake is there. */
  faults?: Faults;
  /** Whether FICLONE works. True unless given. */
  reflinks?: boolean;
  /** Whether the kernel has dummy links. True unless given. */
  dummyLinks?: boolean;
  /** Whether the kernel has device-mapper. True unless given. */
  deviceMapper?: boolean;
  /** Whether the kernel has nf_tables. True unless given. */
  nfTables?: boolean;
  /** Whether the kernel lets its connection tracking be seen and changed. True unless given. */
  conntrack?: boolean;
  /** null: no writable cgroup v2. */
  cgroupRoot?: string | null;
  /** How programs end; they run until a signal ends them unless given. */
  program?: SimulatedProgram;
}

/** HostOps over a kernel in memory, and what a test wants beside them. */
export interface FakeHostOps extends LocalHostOps {
  /** What fails, what takes time, and what was called. */
  readonly faults: Faults;
  /** The objects that exist, to look at and to prepare. */
  readonly kernel: FakeKernel;
  /** Real files; owners are remembered where we may not give files away. */
  readonly file: FakeFile;
  readonly netns: FakeNetns;
  /** A simulated process ends by itself, or crashes. */
  endProcess(pid: number, end: ProcessExit): void;
}

/**
 * `banger-vm/host/fake`: a kernel in memory that behaves as the real one does, as far as HostOps can see, with faults on demand (LIB-3).
 * Files are real, processes and devices are not. Needs no root and no addon. It rejects with the same HostErrors; one contract suite runs
 * against it and the real one.
 *
 * @example
 * ```ts
 * import { openHostOps } from "banger-vm/host";
 * import { openFakeHostOps } from "banger-vm/host/fake";
 *
 * const fake = openFakeHostOps({ reflinks: false });
 * fake.faults.fail("loop.attach", { errnoCode: "ENOSPC", after: 1 });
 * await provision(openHostOps(fake)).catch(() => undefined); // what you want to test
 * assert.equal(fake.kernel.loops.size, 0); // it left nothing behind
 * ```
 */
export function openFakeHostOps(options: FakeHostOptions = {}): FakeHostOps {
  const {
    faults = new Faults(),
    reflinks = true,
    dummyLinks = true,
    deviceMapper = true,
    nfTables = true,
    conntrack = true,
  } = options;
  const kernel = new FakeKernel();
  const rooms = (of: FakeKernel) => {
    const ways = { route: new FakeRoute(of, faults), neighbour: new FakeNeighbour(of, faults) };
    return {
      tap: new FakeTap(of, faults, ways),
      link: new FakeLinks(of, faults, dummyLinks, (name) => (name === null ? kernel : netns.kernelOf(name))),
      address: new FakeAddress(of, faults),
      ...ways,
      nft: new FakeNft(of, faults, nfTables, of === kernel ? "kept" : "each"),
      conntrack: new FakeConntrack(of, faults, conntrack),
    };
  };
  const netns: FakeNetns = new FakeNetns(faults, rooms);
  const network = rooms(kernel);
  const process = new FakeProcess(kernel, faults, netns, options.program ?? (() => null));
  const loop = new FakeLoop(kernel, faults);
  const dm = new FakeDm(kernel, faults, deviceMapper);
  const file = new FakeFile(faults);
  const cgroupRoot = options.cgroupRoot === undefined ? "/sys/fs/cgroup" : options.cgroupRoot;
  return {
    faults,
    kernel,
    loop,
    dm,
    ...network,
    netns,
    clone: new FakeClone(faults, reflinks, file),
    process,
    cgroup: new FakeCgroup(kernel, faults, process, cgroupRoot),
    file,
    sync: { process: process.sync, link: fakeSyncLink(() => kernel, faults), netns: netns.sync },
    endProcess: (pid, end) => process.end(pid, end),
    close: async () => {
      process.close();
      dm.close();
      loop.close();
      network.nft.close();
      network.conntrack.close();
    },
  };
}
