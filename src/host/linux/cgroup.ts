import { access, constants, readFile, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkCgroupName, limitFiles } from "../cgroup-limits.ts";
import { HostError, hasErrno } from "../host-error.ts";
import type { CgroupLimits, CgroupOps } from "../host-ops.ts";
import { host } from "../native-error.ts";
import { undoing } from "../undoing.ts";
import type { Addon } from "./addon.ts";
import { doneBefore, inOneGo } from "./in-one-go.ts";

const CONTROLLERS = ["cpu", "memory", "pids"];
const SUBTREE_CONTROL = "cgroup.subtree_control";
/** The kernel takes no offence at what is given on already. */
const ALL_CONTROLLERS = CONTROLLERS.map((name) => `+${name}`).join(" ");
const PARENT = "banger";
/** A killed process lets go of its cgroup when the kernel has taken it down: milliseconds, but its last write may wait for a slow disk. */
const EMPTY_TRIES = 6_000;
const EMPTY_PAUSE_MS = 10;
/** Others' ends would have to come at the wrong moment so often in a row. */
const LEAF_TRIES = 10;

/** cgroup v2 by its files. https://docs.kernel.org/admin-guide/cgroup-v2.html */
export class LinuxCgroup implements CgroupOps {
  readonly #addon: Addon;
  readonly #mountinfo: string;
  #root: string | null = null;

  constructor(addon: Addon, mountinfo = "/proc/self/mountinfo") {
    this.#addon = addon;
    this.#mountinfo = mountinfo;
  }

  async root(): Promise<string | null> {
    // Looked for again after a failure: the mount may have become read-only.
    this.#root ??= await this.#findRoot();
    return this.#root;
  }

  async create(name: string, limits: CgroupLimits): Promise<string> {
    const files = limitFiles(limits);
    const leaf = await this.#leaf(name);
    const parent = path.dirname(leaf);
    const above = [
      () => this.#addon.fileMakeDirectory(parent, 0o755, true),
      () => this.#addon.fileWrite(path.join(parent, SUBTREE_CONTROL), ALL_CONTROLLERS),
    ];
    const limit = files.map(
      ([file, value]) =>
        () =>
          this.#addon.fileWrite(path.join(leaf, file), value),
    );
    let isNew = false;
    const make = async () => {
      try {
        const itself = () => this.#addon.fileMakeDirectory(leaf, 0o755, false);
        await inOneGo(this.#addon, leaf, [...above, itself, ...limit]);
      } catch (error) {
        const isMade = doneBefore(error) > above.length;
        isNew ||= isMade;
        if (!hasErrno(error, "EEXIST")) throw error;
        await inOneGo(this.#addon, leaf, limit);
      }
    };
    try {
      await withControllers(path.dirname(parent), make);
    } catch (error) {
      this.#root = null;
      throw isNew ? await undoing(error, () => host(leaf, () => rmdir(leaf))) : error;
    }
    return leaf;
  }

  async usage(name: string): Promise<{ cpuMicroseconds: bigint } | null> {
    checkCgroupName(name);
    if ((await this.root()) === null) return null;
    const file = path.join(await this.#leaf(name), "cpu.stat");
    try {
      const used = /^usage_usec (\d+)$/m.exec(await host(file, () => readFile(file, "utf8")))?.[1];
      return used === undefined ? null : { cpuMicroseconds: BigInt(used) };
    } catch (error) {
      if (hasErrno(error, "ENOENT", "ENODEV")) return null;
      throw error;
    }
  }

  async delete(name: string, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    checkCgroupName(name);
    if ((await this.root()) === null) return; // then there is nothing of ours
    const leaf = await this.#leaf(name);
    try {
      await host(leaf, () => writeFile(path.join(leaf, "cgroup.kill"), "1"));
    } catch (error) {
      if (hasErrno(error, "ENOENT")) return;
      this.#root = null;
      throw error;
    }
    for (let attempt = 1; ; attempt += 1) {
      try {
        await host(leaf, () => rmdir(leaf));
        // The last leaf takes the directory above along; others keep it (EBUSY, ENOTEMPTY).
        await rmdir(path.dirname(leaf)).catch(() => undefined);
        return;
      } catch (error) {
        if (hasErrno(error, "ENOENT")) return;
        if (!hasErrno(error, "EBUSY") || attempt >= EMPTY_TRIES) throw error;
        signal?.throwIfAborted();
        await sleep(EMPTY_PAUSE_MS);
      }
    }
  }

  async #findRoot(): Promise<string | null> {
    const root = cgroup2Mount(await host(this.#mountinfo, () => readFile(this.#mountinfo, "utf8")));
    if (root === null) return null;
    try {
      await access(path.join(root, SUBTREE_CONTROL), constants.W_OK);
      const available = words(await readFile(path.join(root, "cgroup.controllers"), "utf8"));
      if (!CONTROLLERS.every((name) => available.includes(name))) return null;
      const enabled = words(await readFile(path.join(root, SUBTREE_CONTROL), "utf8"));
      if (CONTROLLERS.every((name) => enabled.includes(name))) return root;
      return (await mayEnable(root)) ? root : null;
    } catch (error) {
      if (error instanceof Error && "code" in error) return null; // read-only, or not ours
      throw error;
    }
  }

  async #leaf(name: string): Promise<string> {
    checkCgroupName(name);
    const root = await this.root();
    if (root !== null) return path.join(root, PARENT, name);
    throw new HostError({
      errnoCode: "EOPNOTSUPP",
      syscall: "cgroup",
      object: name,
      detail: "no writable cgroup v2 here",
    });
  }
}

/** The first mount of type cgroup2. Fields: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html */
export function cgroup2Mount(mountinfo: string): string | null {
  for (const line of mountinfo.split("\n")) {
    const [mount = "", kind = ""] = line.split(" - ");
    if (!kind.startsWith("cgroup2 ")) continue;
    const point = mount.split(" ")[4];
    if (point !== undefined)
      return point.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
  }
  return null;
}

/** No process may be in a cgroup that gives controllers on, but for the real root (which has no cgroup.type). */
async function mayEnable(root: string): Promise<boolean> {
  try {
    await access(path.join(root, "cgroup.type"));
  } catch {
    return true;
  }
  return (await readFile(path.join(root, "cgroup.procs"), "utf8")) === "";
}

/**
 * Tries again what has found a directory, or a controller's file, not there: the root does not give the controllers on yet; or the end of another
 * VM, the last one there, has just taken the directory above along.
 */
async function withControllers(root: string, make: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await make();
    } catch (error) {
      if (!hasErrno(error, "ENOENT", "ENODEV") || attempt >= LEAF_TRIES) throw error;
      await giveControllersOn(root);
    }
  }
}

async function giveControllersOn(directory: string): Promise<void> {
  const file = path.join(directory, SUBTREE_CONTROL);
  await host(file, () => writeFile(file, ALL_CONTROLLERS));
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
