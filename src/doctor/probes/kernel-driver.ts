import { constants } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { errorCode } from "../../shared/errors.ts";
import { type ModuleFiles, moduleFiles, moduleState } from "./kernel-module.ts";

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

export interface KernelFiles extends ModuleFiles {
  /** `/proc/misc` */
  readonly misc: string;
}

export function kernelFiles(): KernelFiles {
  return { ...moduleFiles(), misc: "/proc/misc" };
}

/** What the kernel has of a driver. Changes nothing: no module is loaded for the answer. */
export async function probeDriver(driver: Driver, files: KernelFiles = kernelFiles()): Promise<DriverState> {
  const minor = minorOf(await readText(files.misc), driver.misc);
  const loadable = minor === null && (await moduleState(driver.module, files)) !== "missing";
  const node = await lookAt(driver.node, minor);
  const refused = minor !== null && node === "right" ? await tryOpen(driver.node) : null;
  return { driver, minor, loadable, node, refused };
}

/** Lines of /proc/misc are `200 tun`. */
function minorOf(misc: string, name: string): number | null {
  const line = misc.split("\n").find((each) => each.trim().split(/\s+/)[1] === name);
  return line === undefined ? null : Number.parseInt(line, 10);
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
