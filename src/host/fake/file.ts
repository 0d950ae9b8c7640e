import { HostFiles } from "../file.ts";
import type { FileOps, FileSettings } from "../host-ops.ts";
import { checkOwner } from "../ids.ts";
import type { Faults } from "./faults.ts";

/** Real files. Who is not root cannot give files away: then owners are only remembered. */
export class FakeFile implements FileOps {
  /** What was asked for, by path. */
  readonly owners = new Map<string, { uid: number; gid: number }>();
  readonly #faults: Faults;
  readonly #real = new HostFiles();
  readonly #mayChown = process.geteuid?.() === 0;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  async create(path: string, file: { mode: number; sizeBytes: bigint }): Promise<void> {
    await this.#faults.gate("file.create", path);
    await this.#real.create(path, file);
    this.owners.set(path, { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
  }

  async replace(path: string, file: { mode: number; text: string }): Promise<void> {
    await this.#faults.gate("file.replace", path);
    await this.#real.replace(path, file);
  }

  async ensureDirectory(path: string, owner: { uid: number; gid: number; mode: number }): Promise<void> {
    await this.#faults.gate("file.ensureDirectory", path);
    const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    await this.#real.ensureDirectory(path, this.#mayChown ? owner : { ...own, mode: owner.mode });
    this.owners.set(path, { uid: owner.uid, gid: owner.gid });
  }

  async chown(path: string, uid: number, gid: number): Promise<void> {
    await this.#faults.gate("file.chown", path);
    checkOwner("lchown", { uid, gid });
    if (this.#mayChown) await this.#real.chown(path, uid, gid);
    this.owners.set(path, { uid, gid });
  }

  async chmod(path: string, mode: number): Promise<void> {
    await this.#faults.gate("file.chmod", path);
    await this.#real.chmod(path, mode);
  }

  async set(path: string, settings: FileSettings): Promise<void> {
    await this.#faults.gate("file.set", path);
    await this.give(path, settings);
  }

  /** As `set`, with its codes, but no operation of its own. ERR_HOST_NOT_FOUND, ERR_HOST_PERMISSION, ERR_HOST_INVALID. */
  async give(path: string, { owner, ...settings }: FileSettings): Promise<void> {
    await this.#real.set(path, { ...settings, ...(this.#mayChown && owner && { owner }) });
    if (owner !== undefined) this.owners.set(path, owner);
  }
}
