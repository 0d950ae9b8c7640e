import { mkdir, open, readdir, stat, statfs, unlink } from "node:fs/promises";
import { hasErrno } from "../host-error.ts";
import type { NetnsInfo, NetnsOps, NetworkOps } from "../host-ops.ts";
import { host } from "../native-error.ts";
import { checkNetnsName, NETNS_DIRECTORY as DIRECTORY, netnsPath } from "../netns-name.ts";
import { undoing } from "../undoing.ts";
import type { Addon } from "./addon.ts";
import { inNetns } from "./in-netns.ts";

/** NSFS_MAGIC of linux/magic.h */
const NSFS = 0x6e_73_66_73;

/** Namespaces bound on files of /run/netns. `rooms` makes the operations over an addon that enters one. */
export class LinuxNetns implements NetnsOps {
  readonly #addon: Addon;
  readonly #rooms: (addon: Addon) => NetworkOps;

  constructor(addon: Addon, rooms: (addon: Addon) => NetworkOps) {
    this.#addon = addon;
    this.#rooms = rooms;
  }

  async create(name: string): Promise<NetnsInfo> {
    const path = netnsPath(name);
    await host(DIRECTORY, () => mkdir(DIRECTORY, { recursive: true, mode: 0o755 }));
    await host(DIRECTORY, () => this.#addon.netnsShareDirectory(DIRECTORY));
    await host(path, async () => (await open(path, "wx", 0o444)).close());
    try {
      await host(path, () => this.#addon.netnsBind(path));
      const { ino } = await host(path, () => stat(path, { bigint: true }));
      return { name, inode: ino };
    } catch (error) {
      throw await undoing(error, () => this.delete(name));
    }
  }

  async delete(name: string): Promise<void> {
    const path = netnsPath(name);
    // EINVAL: the file is there, but nothing is bound on it.
    await unlessThere(["EINVAL", "ENOENT"], () => host(path, () => this.#addon.netnsUnbind(path)));
    await unlessThere(["ENOENT"], () => host(path, () => unlink(path)));
  }

  async get(name: string): Promise<NetnsInfo | null> {
    const path = netnsPath(name);
    try {
      const [{ type }, { ino }] = await host(path, () =>
        Promise.all([statfs(path), stat(path, { bigint: true })]),
      );
      return type === NSFS ? { name, inode: ino } : null;
    } catch (error) {
      if (hasErrno(error, "ENOENT")) return null;
      throw error;
    }
  }

  async list(namePrefix: string): Promise<NetnsInfo[]> {
    const names = await host(DIRECTORY, () => readdir(DIRECTORY)).catch((error: unknown) => {
      if (hasErrno(error, "ENOENT")) return [];
      throw error;
    });
    const ours = names.filter((name) => name.startsWith(namePrefix) && isNetnsName(name));
    const found = await Promise.all(ours.map((name) => this.get(name)));
    return found.filter((info) => info !== null);
  }

  in(name: string): NetworkOps {
    return this.#rooms(inNetns(this.#addon, netnsPath(name)));
  }
}

function isNetnsName(name: string): boolean {
  try {
    return checkNetnsName(name) === name;
  } catch {
    return false;
  }
}

async function unlessThere(errnoCodes: string[], release: () => Promise<void>): Promise<void> {
  try {
    await release();
  } catch (error) {
    if (!hasErrno(error, ...errnoCodes)) throw error;
  }
}
