import type { DmInfo, DmOtherTarget, DmStatus, DmTarget, DmWait, HostOps } from "../host-ops.ts";
import { HostObject } from "./object.ts";

/** A device-mapper device; closing removes it, or has it removed when its last user closes it. `info` is what it was when it was made. */
export class DmDevice extends HostObject<DmInfo> {
  readonly #ops: HostOps;
  #name: string;

  constructor(ops: HostOps, info: DmInfo) {
    super(info, async () => {
      await ops.dm.remove(this.#name, { deferred: true });
    });
    this.#ops = ops;
    this.#name = info.name;
  }

  /** What it is called now. */
  get name(): string {
    return this.#name;
  }

  /** Null when it is there no more; else as {@link DmOps.status}. */
  status(): Promise<DmStatus | null> {
    return this.#ops.dm.status(this.#name);
  }

  /** The table that is in force; null when it is there no more; else as {@link DmOps.table}. */
  table(): Promise<(DmTarget | DmOtherTarget)[] | null> {
    return this.#ops.dm.table(this.#name);
  }

  /** Another table, in force from the next {@link resume} on. ERR_HOST_INVALID for what cannot be one, ERR_HOST_NOT_FOUND. */
  load(table: DmTarget[], options: { readOnly: boolean } = this.info): Promise<void> {
    return this.#ops.dm.load(this.#name, table, options.readOnly);
  }

  /** I/O waits from now on, until {@link resume}. ERR_HOST_NOT_FOUND. */
  suspend(): Promise<void> {
    return this.#ops.dm.suspend(this.#name);
  }

  /** The table that was loaded last is in force, and I/O goes on. ERR_HOST_NOT_FOUND, ERR_HOST_INVALID. */
  resume(): Promise<void> {
    return this.#ops.dm.resume(this.#name);
  }

  /** ERR_HOST_EXISTS when the name is taken. */
  async rename(newName: string): Promise<void> {
    await this.#ops.dm.rename(this.#name, newName);
    this.#name = newName;
  }

  /** The next event after now, or after `wait.after`; as {@link DmOps.waitEvent}. */
  waitEvent(wait?: DmWait): Promise<DmInfo> {
    return this.#ops.dm.waitEvent(this.#name, wait);
  }
}
