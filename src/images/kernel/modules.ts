import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { BangerError, errorCode } from "../../shared/errors.ts";
import { S_IFDIR, S_IFREG, writeCpio } from "../cpio.ts";
import { type ModuleInfo, moduleName, parseBuiltinModinfo, readModuleInfo } from "./modinfo.ts";
import { GUEST_MODULES, orderModules } from "./module-order.ts";
import type { UnpackExtra } from "./vmlinux.ts";

const MODULE_FILE = /^(.+)\.ko(\.gz|\.xz|\.zst)?$/;
const MAX_MODULE_BYTES = 64 * 1024 * 1024;

/**
 * The archive that goes into the initramfs: `/modules/<file>.ko`, unpacked, and `/modules/order`, one name a line,
 * `late ` before those for which the agent does not wait (docs/guest-protocol.md).
 * @param tree `lib/modules/<version>` as a kernel package unpacks it; depmod need not have run
 * @returns the cpio; without /modules in it when all is built in
 * @throws BangerError ERR_KERNEL_UNSUITABLE, ERR_MODULE_FORMAT
 */
export async function packModules(tree: string, extra: UnpackExtra): Promise<Buffer> {
  const files = await findModules(tree);
  const builtin = await findBuiltin(tree);
  const builtinInfo = parseBuiltinModinfo(await readOptional(join(tree, "modules.builtin.modinfo")));
  const contents = new Map<string, Uint8Array>();
  const order = await orderModules(GUEST_MODULES, {
    isModule: (name) => files.has(name),
    isBuiltin: (name) => builtin.has(name),
    async info(name): Promise<ModuleInfo> {
      const path = files.get(name);
      if (path === undefined) return builtinInfo.get(name) ?? { depends: [], softBefore: [] };
      const data = await unpackModule(path, extra);
      contents.set(name, data);
      return readModuleInfo(data);
    },
  });
  if (order.length === 0) return writeCpio([]);
  const lines = order.map(({ name, late }) => `${late ? "late " : ""}${name}.ko\n`).join("");
  return writeCpio([
    { path: "modules", mode: S_IFDIR | 0o755 },
    { path: "modules/order", mode: S_IFREG | 0o644, data: Buffer.from(lines) },
    ...order.map(({ name }) => ({
      path: `modules/${name}.ko`,
      mode: S_IFREG | 0o644,
      data: contents.get(name) as Uint8Array,
    })),
  ]);
}

/** Whether a kernel has a module, built in or in its tree. */
export async function hasModule(tree: string, name: string): Promise<boolean> {
  return (await findModules(tree)).has(name) || (await findBuiltin(tree)).has(name);
}

async function findBuiltin(tree: string): Promise<Set<string>> {
  const lines = (await readOptional(join(tree, "modules.builtin"))).split("\n");
  return new Set(lines.flatMap((line) => moduleOf(line) ?? []));
}

/** Name to path of every module in the tree. */
async function findModules(tree: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    const name = entry.isFile() ? moduleOf(entry.name) : null;
    if (name !== null) files.set(name, join(entry.parentPath, entry.name));
  }
  return files;
}

/** `kernel/drivers/virtio/virtio-rng.ko.xz` is `virtio_rng`. */
function moduleOf(path: string): string | null {
  const match = MODULE_FILE.exec(path.slice(path.lastIndexOf("/") + 1).trim());
  return match?.[1] === undefined ? null : moduleName(match[1]);
}

async function unpackModule(path: string, extra: UnpackExtra): Promise<Uint8Array> {
  const data = await readFile(path);
  const limit = { maxOutputLength: MAX_MODULE_BYTES };
  if (path.endsWith(".gz")) return promisify(zlib.gunzip)(data, limit);
  if (path.endsWith(".xz")) return extra.xz(data, MAX_MODULE_BYTES);
  if (!path.endsWith(".zst")) return data;
  if (typeof zlib.zstdDecompress !== "function") {
    throw new BangerError(
      "ERR_MODULE_FORMAT",
      `${path} is packed with zstd, which this Node cannot unpack.`,
      {
        next: "use Node 22.15 or later",
      },
    );
  }
  return promisify(zlib.zstdDecompress)(data, limit);
}

async function readOptional(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  }
}
