import { dmTarget } from "../dm-parse.ts";
import { DM_TARGETS, dmName, dmTable, dmTargetStatus, dmUuid } from "../dm-table.ts";
import { hasErrno } from "../host-error.ts";
import type {
  DmCreate,
  DmInfo,
  DmOps,
  DmOtherTarget,
  DmStatus,
  DmTarget,
  DmVersions,
  DmWait,
} from "../host-ops.ts";
import type { Meanings } from "../native-error.ts";
import { undoing } from "../undoing.ts";
import type { Addon } from "./addon.ts";
import { CONTROL, call, infoOf, isMissing, NO_DEVICE_MAPPER, orMissing } from "./dm-call.ts";
import { DmEvents } from "./dm-events.ts";
import { doneBefore, inOneGo } from "./in-one-go.ts";

/** Device-mapper (linux/dm-ioctl.h), without udev and without libdevmapper. Needs Linux 5.5 (DM_GET_TARGET_VERSION). */
export class LinuxDm implements DmOps {
  readonly #addon: Addon;
  readonly #events: DmEvents;

  constructor(addon: Addon) {
    this.#addon = addon;
    this.#events = new DmEvents(addon);
  }

  async available(): Promise<{ ok: boolean; reason: string }> {
    const missing: string[] = [];
    try {
      const [major, minor] = await call(CONTROL, () => this.#addon.dmVersion());
      for (const type of DM_TARGETS) if (!(await this.#has(type))) missing.push(type);
      if (missing.length === 0) return { ok: true, reason: `device-mapper ${major}.${minor} has snapshots` };
      return { ok: false, reason: `device-mapper has no target ${missing.join(", ")}` };
    } catch (error) {
      if (isMissing(error)) return { ok: false, reason: NO_DEVICE_MAPPER };
      if (hasErrno(error, "EACCES", "EPERM")) return { ok: false, reason: `${CONTROL} is root's alone` };
      throw error;
    }
  }

  async #has(type: string): Promise<boolean> {
    try {
      await call(type, () => this.#addon.dmTargetVersion(type));
      return true;
    } catch (error) {
      if (hasErrno(error, "EINVAL", "ENXIO", "ENOTTY")) return false;
      throw error;
    }
  }

  async create(spec: DmCreate): Promise<DmInfo> {
    const { name, table, readOnly } = spec;
    const uuid = dmUuid(spec);
    const lines = dmTable(name, table);
    const addon = this.#addon;
    const steps = [
      () => addon.dmCreate(name, uuid),
      () => addon.dmLoad(name, readOnly, lines),
      () => addon.dmResume(name),
    ] as const;
    try {
      const ofCreate = (done: number): Meanings => (done === 0 ? { EBUSY: "ERR_HOST_EXISTS" } : {});
      const [, , device] = await call(name, () => inOneGo(addon, name, steps, ofCreate));
      return infoOf(device);
    } catch (error) {
      if (doneBefore(error) === 0) throw error;
      const next = `remove it: \`dmsetup remove ${name}\``;
      throw await undoing(error, () => this.remove(name, { deferred: true }), next);
    }
  }

  async load(name: string, table: DmTarget[], readOnly: boolean): Promise<void> {
    const lines = dmTable(name, table);
    await call(name, () => this.#addon.dmLoad(name, readOnly, lines));
  }

  async suspend(name: string): Promise<void> {
    await call(name, () => this.#addon.dmSuspend(name));
  }

  async resume(name: string): Promise<void> {
    await call(name, () => this.#addon.dmResume(name));
  }

  async remove(name: string, { deferred = false } = {}): Promise<"removed" | "deferred"> {
    const gone = await orMissing(null, () => call(name, () => this.#addon.dmRemove(name, deferred)));
    return gone?.deferredRemove === true ? "deferred" : "removed";
  }

  async rename(name: string, newName: string): Promise<void> {
    dmName(newName, "ioctl(DM_DEV_RENAME)");
    await call(name, () => this.#addon.dmRename(name, newName), { EBUSY: "ERR_HOST_EXISTS" });
  }

  async versions(): Promise<DmVersions> {
    const [own, targets] = await Promise.all([
      call(CONTROL, () => this.#addon.dmVersion()),
      call(CONTROL, () => this.#addon.dmTargetVersions()),
    ]);
    return { interface: own, targets };
  }

  async table(name: string): Promise<(DmTarget | DmOtherTarget)[] | null> {
    return (await this.#targets(name, true))?.targets.map(dmTarget) ?? null;
  }

  async waitEvent(name: string, wait: DmWait = {}): Promise<DmInfo> {
    return this.#events.wait(name, wait);
  }

  async status(name: string): Promise<DmStatus | null> {
    const found = await this.#targets(name, false);
    return found === null ? null : { ...infoOf(found), targets: found.targets.map(dmTargetStatus) };
  }

  #targets(name: string, isTable: boolean) {
    return orMissing(null, () => call(name, () => this.#addon.dmTargets(name, isTable)));
  }

  async dependencies(name: string): Promise<{ number: string; device: string }[]> {
    return call(name, () => this.#addon.dmDependencies(name));
  }

  async list(namePrefix: string): Promise<DmInfo[]> {
    const all = await orMissing([], () => call(CONTROL, () => this.#addon.dmList()));
    const ours = all.filter(({ name }) => name.startsWith(namePrefix));
    const found = await Promise.all(
      ours.map(({ name }) => orMissing(null, () => call(name, () => this.#addon.dmStatus(name)))),
    );
    return found.filter((device) => device !== null).map(infoOf);
  }

  /** Ends the waits for events: ERR_HOST_CLOSED. */
  close(): void {
    this.#events.close();
  }
}
