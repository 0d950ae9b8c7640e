import { besideOf } from "../../shared/beside.ts";
import { HostFiles } from "../file.ts";
import type { FileOps, FileSettings } from "../host-ops.ts";
import { host } from "../native-error.ts";
import type { Addon } from "./addon.ts";
import { inOneGo } from "./in-one-go.ts";

/** Ownership, modes and sizes, with fewer hops to a thread than node:fs has. */
export class LinuxFiles extends HostFiles implements FileOps {
  readonly #addon: Addon;

  constructor(addon: Addon) {
    super();
    this.#addon = addon;
  }

  override async create(
    path: string,
    { mode, sizeBytes }: { mode: number; sizeBytes: bigint },
  ): Promise<void> {
    await host(path, () => this.#addon.fileCreate(path, mode, sizeBytes));
  }

  override async replace(path: string, { mode, text }: { mode: number; text: string }): Promise<void> {
    await host(path, () => this.#addon.fileReplace(path, besideOf(path), text, mode));
  }

  override async ensureDirectory(
    path: string,
    { uid, gid, mode }: { uid: number; gid: number; mode: number },
  ): Promise<void> {
    await host(path, () => this.#addon.fileEnsureDirectory(path, uid, gid, mode));
  }

  override async chown(path: string, uid: number, gid: number): Promise<void> {
    await host(path, () => this.#addon.fileChown(path, uid, gid));
  }

  override async chmod(path: string, mode: number): Promise<void> {
    await this.set(path, { mode });
  }

  override async set(path: string, { mode, sizeBytes, owner }: FileSettings): Promise<void> {
    const steps: (() => Promise<void>)[] = [];
    if (mode !== undefined) steps.push(() => this.#addon.fileChmod(path, mode));
    if (sizeBytes !== undefined) steps.push(() => this.#addon.fileTruncate(path, sizeBytes));
    if (owner !== undefined) steps.push(() => this.#addon.fileChown(path, owner.uid, owner.gid));
    await inOneGo(this.#addon, path, steps);
  }
}
