import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { HostError } from "../host-error.ts";
import type { CloneOps, CloneResult } from "../host-ops.ts";
import { host } from "../native-error.ts";
import type { Addon } from "./addon.ts";
import { Turns } from "./turns.ts";

/** A copy of gigabytes takes seconds of a thread of libuv's pool of four: the others must stay free for what is short. */
const COPIES_AT_ONCE = 2;

/** Whole-file clones: FICLONE (linux/fs.h), and a sparse copy for filesystems that cannot. */
export class LinuxClone implements CloneOps {
  readonly #addon: Addon;
  readonly #copies = new Turns(COPIES_AT_ONCE);

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  async reflink(source: string, target: string): Promise<CloneResult> {
    const dataBytes = await host(target, () => this.#addon.reflinkFile(source, target), {
      // Some filesystems say so for files that they cannot share (swap files, other flags).
      EINVAL: "ERR_HOST_UNSUPPORTED",
    });
    return { dataBytes, method: "reflink" };
  }

  async copy(source: string, target: string): Promise<CloneResult> {
    const copy = () => host(target, () => this.#addon.copySparse(source, target));
    return { dataBytes: await this.#copies.run(copy), method: "copy" };
  }

  async canReflink(directory: string): Promise<boolean> {
    const source = path.join(directory, `.reflink-${randomUUID()}`);
    const target = `${source}-clone`;
    try {
      // With data in it: an empty file would say nothing about extents.
      await host(source, () => writeFile(source, new Uint8Array(4096), { flag: "wx", mode: 0o600 }));
      await this.reflink(source, target);
      return true;
    } catch (error) {
      if (error instanceof HostError && error.code === "ERR_HOST_UNSUPPORTED") return false;
      throw error;
    } finally {
      await rm(source, { force: true });
      await rm(target, { force: true });
    }
  }
}
