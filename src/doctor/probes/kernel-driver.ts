import { constants } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { errorCode } from "../../shared/errors.ts";

/** A driver that user space reaches by a node of the misc class (major 10). */
export interface Driver {
  /** `/dev/net/tun` */
  readonly node: string;
  /** Its name in /proc/misc. */
  readonly misc: string;
  /** The module that has it, as modprobe(8) knows it. */
  readonly module: string;
}

export interface DriverState {
  readonly driver: Driver;
  /** In the running kernel: its minor number in /proc/misc. Null: built as a module that is not loaded, or not there at all. */
  readonly minor: number | null;
  /** Whether modprobe would find the module. */
  readonly loadable: boolean;
  /** What lies at the node's path. */
  readonly node: "right" | "wrong" | "missing";
  /** Why it does not open (`EACCES`), or null. Only tried where the driver is in the kernel: opening a node loads modules. */
  readonly refused: string | null;
}

export interface KernelFiles {
  readonly misc: string;
  /** `/lib/modules/<release>` */
  readonly modules: string;
}

export function kernelFiles(): KernelFiles {
  return { misc: "/proc/misc", modules: path.join("/lib/modules", os.release()) };
}

/** What the kernel has of a driver. Changes nothing: no module is loaded for the answer. */
export async function probeDriver(driver: Driver, files: KernelFiles = kernelFiles()): Promise<DriverState> {
  const minor = minorOf(await readText(files.misc), driver.misc);
  const loadable = minor === null && (await hasModule(files.modules, driver.module));
  const node = await lookAt(driver.node, minor);
  const refused = minor !== null && node === "right" ? await tryOpen(driver.node) : null;
  return { driver, minor, loadable, node, refused };
}

/** Lines of /proc/misc are `200 tun`. */
function minorOf(misc: string, name: string): number | null {
  const line = misc.split("\n").find((each) => each.trim().split(/\s+/)[1] === name);
  return line === undefined ? null : Number.parseInt(line, 10);
}

/** modules.dep lists `kernel/drivers/net/tun.ko.xz: ...`; dashes and underscores are one in modules' names. */
async function hasModule(directory: string, module: string): Promise<boolean> {
  const name = module.replaceAll(/[-_]/g, "[-_]");
  const listed = new RegExp(`(^|/)${name}\\.ko(\\.\\w+)?(:|$)`, "m");
  const [modules, builtin] = await Promise.all([
    readText(path.join(directory, "modules.dep")),
    readText(path.join(directory, "modules.builtin")),
  ]);
  return listed.test(modules) || listed.test(builtin);
}

const MISC_MAJOR = 10;

async function lookAt(file: string, minor: number | null): Promise<DriverState["node"]> {
  try {
    const { rdev, ...found } = await stat(file);
    const [major, itsMinor] = [(rdev >> 8) & 0xfff, (rdev & 0xff) | ((rdev >> 12) & 0xfff00)];
    const right = (found.mode & constants.S_IFMT) === constants.S_IFCHR && major === MISC_MAJOR;
    return right && (minor === null || itsMinor === minor) ? "right" : "wrong";
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(errorCode(error))) return "missing";
    throw error;
  }
}

async function tryOpen(file: string): Promise<string | null> {
  try {
    await (await open(file, "r+")).close();
    return null;
  } catch (error) {
    return errorCode(error);
  }
}

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
