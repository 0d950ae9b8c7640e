import { DM_TARGETS, dmName, dmTable, dmTargetStatus, dmUuid } from "../dm-table.ts";
import { HostError } from "../host-error.ts";
import type { DmCreate, DmInfo, DmOps, DmStatus, DmTarget, DmVersions, DmWait } from "../host-ops.ts";
import type { FakeDmDevice } from "./block.ts";
import { byNumber, checkDevices, checkSizes } from "./dm-tables.ts";
import { DmWaits } from "./dm-waits.ts";
import type { Faults } from "./faults.ts";
import type { FakeKernel } from "./kernel.ts";

const SECTOR_BYTES = 512n;

/** Device-mapper without data: names, tables, who holds what, and what goes with whom. */
export class FakeDm implements DmOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;
  readonly #supported: boolean;
  readonly #waits: DmWaits;

  constructor(kernel: FakeKernel, faults: Faults, supported: boolean) {
    this.#kernel = kernel;
    this.#faults = faults;
    this.#supported = supported;
    this.#waits = new DmWaits(kernel);
  }

  async available(): Promise<{ ok: boolean; reason: string }> {
    await this.#faults.gate("dm.available", "");
    const { ok, reason } = { ok: this.#supported, reason: `the fake has ${this.#supported ? "a" : "no"}` };
    return { ok, reason: `${reason} device-mapper` };
  }

  async create(spec: DmCreate): Promise<DmInfo> {
    await this.#faults.gate("dm.create", spec.name);
    const uuid = dmUuid(spec);
    const lines = dmTable(spec.name, spec.table);
    this.#mustBeSupported();
    const { devices } = this.#kernel;
    if (devices.has(spec.name) || [...devices.values()].some((other) => other.uuid === uuid)) {
      const taken = { errnoCode: "EBUSY", syscall: "ioctl(DM_DEV_CREATE)", object: spec.name };
      throw new HostError({ ...taken, code: "ERR_HOST_EXISTS" });
    }
    checkDevices(this.#kernel, spec.name, spec.table);
    checkSizes(this.#kernel, spec.name, spec.table);
    const minors = new Set([...devices.values()].map(({ minor }) => minor));
    let minor = 0;
    while (minors.has(minor)) minor += 1;
    const { name, table, readOnly } = spec;
    const flags = { readOnly, suspended: false, deferredRemove: false, eventNumber: 0 };
    devices.set(name, { name, uuid, minor, ...flags, table, lines, next: null, fills: new Map() });
    return this.#info(name);
  }

  async load(name: string, table: DmTarget[], readOnly: boolean): Promise<void> {
    await this.#faults.gate("dm.load", name);
    const lines = dmTable(name, table);
    const device = this.#kernel.device(name, "ioctl(DM_TABLE_LOAD)");
    checkDevices(this.#kernel, name, table);
    device.next = { table, lines, readOnly };
  }

  async suspend(name: string): Promise<void> {
    await this.#faults.gate("dm.suspend", name);
    this.#kernel.device(name, "ioctl(DM_DEV_SUSPEND)").suspended = true;
  }

  async resume(name: string): Promise<void> {
    await this.#faults.gate("dm.resume", name);
    const device = this.#kernel.device(name, "ioctl(DM_DEV_SUSPEND, resume)");
    const { next } = device;
    device.next = null;
    if (next !== null) {
      checkSizes(this.#kernel, name, next.table);
      Object.assign(device, next);
    }
    device.suspended = false;
    this.#kernel.settle();
  }

  async remove(name: string, { deferred = false } = {}): Promise<"removed" | "deferred"> {
    await this.#faults.gate("dm.remove", name);
    const device = this.#kernel.devices.get(name);
    if (device === undefined) return "removed";
    if (this.#kernel.usersOf(`253:${device.minor}`) > 0) {
      if (!deferred) {
        throw new HostError({ errnoCode: "EBUSY", syscall: "ioctl(DM_DEV_REMOVE)", object: name });
      }
      device.deferredRemove = true;
      return "deferred";
    }
    this.#kernel.devices.delete(name);
    this.#kernel.settle();
    return "removed";
  }

  async rename(name: string, newName: string): Promise<void> {
    await this.#faults.gate("dm.rename", name);
    const syscall = "ioctl(DM_DEV_RENAME)";
    dmName(newName, syscall);
    this.#mustBeSupported();
    const device = this.#kernel.device(name, syscall);
    if (this.#kernel.devices.has(newName)) {
      throw new HostError({ errnoCode: "EBUSY", syscall, object: name, code: "ERR_HOST_EXISTS" });
    }
    this.#kernel.devices.delete(name);
    device.name = newName;
    this.#kernel.devices.set(newName, device);
    this.#kernel.dmChanged();
  }

  async versions(): Promise<DmVersions> {
    await this.#faults.gate("dm.versions", "");
    this.#mustBeSupported();
    return { interface: [4, 48, 0], targets: DM_TARGETS.map((name) => ({ name, version: [1, 0, 0] })) };
  }

  async table(name: string): Promise<DmTarget[] | null> {
    await this.#faults.gate("dm.table", name);
    const device = this.#kernel.devices.get(name);
    return device === undefined ? null : device.table.map(byNumber);
  }

  async waitEvent(name: string, wait: DmWait = {}): Promise<DmInfo> {
    await this.#faults.gate("dm.waitEvent", name);
    this.#mustBeSupported();
    await this.#waits.next(this.#kernel.device(name, "ioctl(DM_DEV_STATUS)"), wait);
    return this.#info(name);
  }

  async status(name: string): Promise<DmStatus | null> {
    await this.#faults.gate("dm.status", name);
    const device = this.#kernel.devices.get(name);
    if (device === undefined) return null;
    const targets = device.lines.map((line, index) =>
      dmTargetStatus({ ...line, params: this.#statusText(device, index) }),
    );
    return { ...this.#info(name), targets };
  }

  async dependencies(name: string): Promise<{ number: string; device: string }[]> {
    await this.#faults.gate("dm.dependencies", name);
    const numbers = new Set(this.#kernel.heldBy(this.#kernel.device(name, "ioctl(DM_TABLE_DEPS)").table));
    return [...numbers].map((number) => ({
      number,
      device: number.replace(/^7:/, "/dev/loop").replace(/^253:/, "/dev/dm-"),
    }));
  }

  async list(namePrefix: string): Promise<DmInfo[]> {
    await this.#faults.gate("dm.list", namePrefix);
    const names = [...this.#kernel.devices.keys()].filter((name) => name.startsWith(namePrefix));
    return names.map((name) => this.#info(name));
  }

  /** Ends the waits for events. */
  close(): void {
    this.#waits.close();
  }

  #mustBeSupported(): void {
    if (this.#supported) return;
    throw new HostError({
      code: "ERR_HOST_UNSUPPORTED",
      errnoCode: "ENOENT",
      syscall: "open",
      object: "/dev/mapper/control",
    });
  }

  #info(name: string): DmInfo {
    const device = this.#kernel.device(name, "ioctl(DM_DEV_STATUS)");
    const { uuid, minor, readOnly, suspended, deferredRemove, eventNumber } = device;
    const number = `253:${minor}`;
    const flags = { readOnly, suspended, deferredRemove, eventNumber };
    const openCount = this.#kernel.usersOf(number);
    return { name, uuid, number, device: `/dev/dm-${minor}`, openCount, ...flags };
  }

  /** A new persistent snapshot has written its header and its first area of metadata, a chunk each. */
  #statusText(device: FakeDmDevice, index: number): string {
    const target = device.table[index];
    if (target?.type !== "snapshot") return "";
    const set = device.fills.get(index);
    if (set !== undefined) return set;
    const total = (this.#kernel.sizeOf(target.cow) ?? 0n) / SECTOR_BYTES;
    const metadata = target.persistent ? 2 * target.chunkSectors : 0;
    return `${metadata}/${total} ${metadata}`;
  }
}
