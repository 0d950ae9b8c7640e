import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import type { MachineDisks, RootDiskDriver } from "../../../src/domain/ports.ts";
import { macOfSlot, type StorageKind, tapName } from "../../../src/domain/vm.ts";
import type { HostOps } from "../../../src/host/host-ops.ts";
import { KeyedLocks } from "../../../src/services/locks.ts";
import { HostNetwork } from "../../../src/services/network.ts";
import { DmSnapshotDriver } from "../../../src/storage/dm-snapshot/driver.ts";
import { OverlayDriver } from "../../../src/storage/overlay-driver.ts";
import { CopyDriver, ReflinkDriver } from "../../../src/storage/root-disks.ts";
import { SpareCopies } from "../../../src/storage/spare-copy.ts";
import { WorkDiskMaker } from "../../../src/storage/work-disks.ts";
import { addressOf } from "./operations/net.ts";
import { CIDR, type Ground, OWNER } from "./place.ts";
import { PacketRules } from "./rules.ts";

const GIB = 2 ** 30;
export const OVERLAY_BYTES = GIB;
export const WORK_BYTES = 8 * GIB;
export const IMAGE_ID = "0".repeat(32);

/** What of one VM is on the host, and where; all of it derives from its number. */
export interface Objects {
  readonly vmId: string;
  readonly slot: number;
  readonly tap: string;
  readonly address: string;
  readonly mac: string;
  readonly rootDisk: string;
  readonly workDisk: string;
  readonly runtime: string;
}

/**
 * The plumbing of a create, with the parts that the daemon composes: the disks by their drivers, TAP, route and neighbour by the network,
 * the packet rules, the runtime directory. Not the files that only say what is there (handles, the config disk), and no VMM.
 */
export class Creation {
  readonly network: HostNetwork;
  readonly rules: PacketRules;
  readonly #host: HostOps;
  readonly #ground: Ground;
  readonly #driver: RootDiskDriver;
  readonly #workDisks: WorkDiskMaker;

  private constructor(host: HostOps, kind: StorageKind, ground: Ground, rules: PacketRules) {
    this.#host = host;
    this.rules = rules;
    this.#ground = ground;
    this.#driver = driverOf(host, kind, ground);
    this.#workDisks = new WorkDiskMaker(host);
    const intents = {
      addLinks: async () => {},
      removeLinks: async () => {},
      read: async () => ({ links: [] }),
    };
    this.network = new HostNetwork(host, CIDR, intents);
  }

  static async open(host: HostOps, kind: StorageKind, ground: Ground): Promise<Creation> {
    return new Creation(host, kind, ground, await PacketRules.make(host));
  }

  objects(number: number): Objects {
    const vmId = number.toString(16).padStart(32, "0");
    const slot = number;
    const file = (name: string) => path.join(this.#ground.directory, `vm-${number}.${name}`);
    const files = { rootDisk: file("root"), workDisk: file("work"), runtime: file("run") };
    return { vmId, slot, tap: tapName(slot), address: addressOf(slot), mac: macOfSlot(slot), ...files };
  }

  /**
   * What services/vm/create.ts and boot.ts have made, with nothing written down in between. So the order is the bench's own: a create asks for both disks
   * before it claims the name, and for the TAP when both are well under way; here the root disk would only keep the TAP waiting.
   */
  async make(vm: Objects): Promise<Pick<MachineDisks, "root" | "upper">> {
    const { seed } = this.#ground;
    const owner = { uid: OWNER, gid: OWNER };
    const work = this.#workDisks.create({ seed, target: vm.workDisk, sizeBytes: WORK_BYTES, ...owner });
    // As there: a rejection that nobody has seen ends the process.
    const settled = Promise.allSettled([work]);
    try {
      await this.network.claim(vm.slot);
      const connected = this.network.connect({ slot: vm.slot, address: vm.address, uid: OWNER });
      const disk = { rootfs: seed, target: vm.rootDisk, overlaySizeBytes: OVERLAY_BYTES };
      const made = this.#driver.create({ ...disk, ...owner });
      const [, root] = await Promise.all([
        connected,
        this.#driver.attach(this.#attached(vm), made),
        work,
        this.rules.admit(vm),
        this.#host.file.ensureDirectory(vm.runtime, { ...owner, mode: 0o700 }),
      ]);
      return root;
    } finally {
      await settled;
    }
  }

  async remove(vm: Objects): Promise<void> {
    await this.rules.dismiss(vm);
    await this.network.disconnect(vm.tap);
    await this.#driver.detach(this.#attached(vm));
    for (const file of [vm.rootDisk, vm.workDisk, vm.runtime])
      for (const each of [file, `${file}.part`]) await rm(each, { force: true, recursive: true });
  }

  /** When all of them are removed. */
  close(): Promise<void> {
    return this.rules.close();
  }

  #attached(vm: Objects) {
    const { vmId, rootDisk: file } = vm;
    return { vmId, imageId: IMAGE_ID, rootfs: this.#ground.seed, file, uid: OWNER, gid: OWNER };
  }
}

function driverOf(host: HostOps, kind: StorageKind, { directory, seed }: Ground): RootDiskDriver {
  switch (kind) {
    case "reflink":
      return new ReflinkDriver(host);
    case "overlay":
      return new OverlayDriver(host, async () => seed);
    case "dm-snapshot":
      return new DmSnapshotDriver(host, directory, new KeyedLocks());
    case "copy": {
      // There is never a spare copy: the copy itself is measured.
      const logger = { warn: () => undefined };
      return new CopyDriver(host, new SpareCopies({ clone: host.clone, logger }));
    }
  }
}

/** A directory of its own for each, below one ground: device names derive from it. */
export async function subGround({ directory, seed }: Ground, name: string): Promise<Ground> {
  const own = path.join(directory, name);
  await mkdir(own, { recursive: true });
  return { directory: own, seed };
}
