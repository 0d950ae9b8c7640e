import { mkdir, open, stat, unlink } from "node:fs/promises";
import { hasErrno } from "../host-error.ts";
import type { NetnsInfo, NetnsOps, NetworkOps, SyncNetnsOps, SyncOps } from "../host-ops.ts";
import { host } from "../native-error.ts";
import { checkNetnsName, NETNS_DIRECTORY as DIRECTORY, netnsPath } from "../netns-name.ts";
import { undoing } from "../undoing.ts";
import type { Addon } from "./addon.ts";
import { inNetns } from "./in-netns.ts";
import { ask, askBoth, atOnce, later, type Steps } from "./steps.ts";

/** NSFS_MAGIC of linux/magic.h */
const NSFS = 0x6e_73_66_73;

/** The operations of one namespace, and their twins. */
type Rooms = NetworkOps & { readonly sync: Pick<SyncOps, "link"> };

/** Namespaces bound on files of /run/netns. `rooms` makes the operations over an addon that enters one. */
export class LinuxNetns implements NetnsOps {
  readonly sync: SyncNetnsOps;
  readonly #addon: Addon;
  readonly #rooms: (addon: Addon) => Rooms;

  constructor(addon: Addon, rooms: (addon: Addon) => Rooms) {
    this.#addon = addon;
    this.#rooms = rooms;
    this.sync = {
      get: (name) => atOnce(addon, infoOf(name)),
      list: (namePrefix) => atOnce(addon, infosOf(namePrefix)),
      in: (name) => this.#in(name).sync,
    };
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

  get(name: string): Promise<NetnsInfo | null> {
    return later(this.#addon, infoOf(name));
  }

  list(namePrefix: string): Promise<NetnsInfo[]> {
    return later(this.#addon, infosOf(namePrefix));
  }

  in(name: string): NetworkOps {
    const { sync: _, ...rooms } = this.#in(name);
    return rooms;
  }

  #in(name: string): Rooms {
    return this.#rooms(inNetns(this.#addon, netnsPath(name)));
  }
}

function* infoOf(name: string): Steps<NetnsInfo | null> {
  const path = netnsPath(name);
  try {
    const [filesystem, inode] = yield* askBoth(
      path,
      (_, files) => files.filesystem(path),
      (_, files) => files.inode(path),
    );
    return filesystem === NSFS ? { name, inode } : null;
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return null;
    throw error;
  }
}

function* infosOf(namePrefix: string): Steps<NetnsInfo[]> {
  const found: NetnsInfo[] = [];
  for (const name of yield* names()) {
    if (!name.startsWith(namePrefix) || !isNetnsName(name)) continue;
    const info = yield* infoOf(name);
    if (info !== null) found.push(info);
  }
  return found;
}

function* names(): Steps<string[]> {
  try {
    return yield* ask(DIRECTORY, (_, files) => files.names(DIRECTORY));
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return [];
    throw error;
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
