import type { HostOps, NetworkOps, ProcessExit } from "../host-ops.ts";
import { FakeCgroup } from "./cgroup.ts";
import { FakeClone } from "./clone.ts";
import { FakeDm } from "./dm.ts";
import { Faults } from "./faults.ts";
import { FakeFile } from "./file.ts";
import { FakeKernel } from "./kernel.ts";
import { FakeLinks, FakeTap } from "./link.ts";
import { FakeLoop } from "./loop.ts";
import { FakeNetns } from "./netns.ts";
import { FakeProcess, type SimulatedProgram } from "./process.ts";
import { FakeAddress, FakeNeighbour, FakeRoute } from "./route.ts";

export { type Fault, Faults, type OperationName } from "./faults.ts";
export type { SimulatedProgram } from "./process.ts";

export interface FakeHostOptions {
  faults?: Faults;
  /** Whether FICLONE works. True unless given. */
  reflinks?: boolean;
  /** Whether the kernel has dummy links. True unless given. */
  dummyLinks?: boolean;
  /** Whether the kernel has device-mapper. True unless given. */
  deviceMapper?: boolean;
  /** null: no writable cgroup v2. */
  cgroupRoot?: string | null;
  /** How programs end; they run until a signal ends them unless given. */
  program?: SimulatedProgram;
}

export interface FakeHostOps extends HostOps {
  readonly faults: Faults;
  readonly kernel: FakeKernel;
  readonly file: FakeFile;
  readonly netns: FakeNetns;
  /** A simulated process ends by itself, or crashes. */
  endProcess(pid: number, end: ProcessExit): void;
}

/**
 * A kernel in memory that behaves as the real one does, as far as HostOps can see, with faults on demand (LIB-3). Files are real,
 * processes and devices are not. Needs no root.
 */
export function openFakeHostOps(options: FakeHostOptions = {}): FakeHostOps {
  const { faults = new Faults(), reflinks = true, dummyLinks = true, deviceMapper = true } = options;
  const kernel = new FakeKernel();
  const rooms = (of: FakeKernel): NetworkOps => ({
    tap: new FakeTap(of, faults),
    link: new FakeLinks(of, faults, dummyLinks),
    address: new FakeAddress(of, faults),
    route: new FakeRoute(of, faults),
    neighbour: new FakeNeighbour(of, faults),
  });
  const netns = new FakeNetns(faults, rooms);
  const process = new FakeProcess(kernel, faults, netns, options.program ?? (() => null));
  const cgroupRoot = options.cgroupRoot === undefined ? "/sys/fs/cgroup" : options.cgroupRoot;
  return {
    faults,
    kernel,
    loop: new FakeLoop(kernel, faults),
    dm: new FakeDm(kernel, faults, deviceMapper),
    ...rooms(kernel),
    netns,
    clone: new FakeClone(faults, reflinks),
    process,
    cgroup: new FakeCgroup(kernel, faults, process, cgroupRoot),
    file: new FakeFile(faults),
    endProcess: (pid, end) => process.end(pid, end),
    close: async () => process.close(),
  };
}
