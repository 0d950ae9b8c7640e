import { BangerError } from "../../shared/errors.ts";

/**
 * What a kernel module says of itself in its ELF section `.modinfo`: NUL-separated `key=value`. Its `depends=` is what
 * depmod's modules.dep is made of; it is read from the source because a kernel package that was only unpacked has no modules.dep.
 */
export interface ModuleInfo {
  /** Modules whose symbols this one uses, with underscores for dashes. */
  depends: string[];
  /** Modules to be loaded before, if they are there (`softdep=pre: …`). */
  softBefore: string[];
}

/**
 * @param elf an unpacked `.ko`
 * @throws BangerError ERR_MODULE_FORMAT
 */
export function readModuleInfo(elf: Uint8Array): ModuleInfo {
  return parseModinfo(new TextDecoder().decode(findSection(elf, ".modinfo")).split("\0"));
}

/** The `key=value` strings of one module. */
export function parseModinfo(strings: readonly string[]): ModuleInfo {
  const info: ModuleInfo = { depends: [], softBefore: [] };
  for (const text of strings) {
    const [key, value] = split(text, "=");
    if (key === "depends") info.depends.push(...value.split(",").filter(Boolean).map(moduleName));
    if (key === "softdep") info.softBefore.push(...softBefore(value));
  }
  return info;
}

/** `modules.builtin.modinfo`: the same strings for what is built in, each with `<module>.` before it. */
export function parseBuiltinModinfo(text: string): Map<string, ModuleInfo> {
  const strings = new Map<string, string[]>();
  for (const line of text.split("\0")) {
    const [name, rest] = split(line, ".");
    if (rest === "") continue;
    const key = moduleName(name);
    const list = strings.get(key) ?? [];
    strings.set(key, list);
    list.push(rest);
  }
  return new Map([...strings].map(([name, list]) => [name, parseModinfo(list)]));
}

/** `virtio-rng` and `virtio_rng` are one module. */
export function moduleName(name: string): string {
  return name.trim().replaceAll("-", "_");
}

/** Of `pre: a b post: c` the names `a` and `b`. */
function softBefore(value: string): string[] {
  const names: string[] = [];
  let before = false;
  for (const word of value.split(/\s+/).filter(Boolean)) {
    if (word === "pre:") before = true;
    else if (word === "post:") before = false;
    else if (before) names.push(moduleName(word));
  }
  return names;
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

// Offsets in Elf64_Ehdr and Elf64_Shdr: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.sheader.html
const E_SHOFF = 0x28;
const E_SHENTSIZE = 0x3a;
const E_SHNUM = 0x3c;
const E_SHSTRNDX = 0x3e;

function findSection(elf: Uint8Array, wanted: string): Uint8Array {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  try {
    if (view.getUint32(0) !== 0x7f454c46 || view.getUint8(4) !== 2)
      throw new RangeError("not a 64-bit ELF file");
    const table = Number(view.getBigUint64(E_SHOFF, true));
    const size = view.getUint16(E_SHENTSIZE, true);
    const section = (index: number): { name: number; bytes: Uint8Array } => {
      const at = table + index * size;
      const offset = Number(view.getBigUint64(at + 0x18, true));
      const length = Number(view.getBigUint64(at + 0x20, true));
      return { name: view.getUint32(at, true), bytes: elf.subarray(offset, offset + length) };
    };
    const names = section(view.getUint16(E_SHSTRNDX, true)).bytes;
    for (let index = 0; index < view.getUint16(E_SHNUM, true); index++) {
      const { name, bytes } = section(index);
      const end = names.indexOf(0, name);
      if (end >= 0 && new TextDecoder().decode(names.subarray(name, end)) === wanted) return bytes;
    }
  } catch (cause) {
    // DataView throws RangeError at the first offset outside of the file.
    throw formatError("its ELF headers are damaged", cause);
  }
  throw formatError(`it has no section ${wanted}`);
}

function formatError(what: string, cause?: unknown): BangerError {
  return new BangerError("ERR_MODULE_FORMAT", `a kernel module cannot be read: ${what}`, {
    next: "fetch the kernel again; its files are damaged",
    cause,
  });
}
