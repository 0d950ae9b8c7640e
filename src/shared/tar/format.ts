import { BangerError } from "../errors.ts";

export const BLOCK_BYTES = 512;
/** Of a pax header: a path has at most 4096 bytes. */
export const MAX_PAX_BYTES = 16 * 1024;
/** In bytes; the kernel's PATH_MAX. */
const MAX_PATH_BYTES = 4096;

export type TarKind = "file" | "directory" | "symlink" | "hardlink";

/** Names are bytes, and need not be UTF-8. */
export interface TarEntry {
  readonly kind: TarKind;
  readonly path: Buffer;
  /** Of a symlink its text, of a hard link the entry that it is another name of; else empty. */
  readonly linkTarget: Buffer;
  /** 0 to 07777 */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a file, in bytes. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

export const FLAGS: Readonly<Record<TarKind, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  directory: "5",
};
const KINDS: Readonly<Record<string, TarKind>> = {
  "0": "file",
  "\0": "file",
  "1": "hardlink",
  "2": "symlink",
  "5": "directory",
};

/** ERR_BAD_ARCHIVE: bytes that are no archive, or one that we do not trust. */
export function badArchive(what: string): BangerError {
  return new BangerError("ERR_BAD_ARCHIVE", `the archive is refused: ${what}`);
}

/** Zeros that fill a content's last block. */
export function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** Of a name in the header itself. */
export const NAME_BYTES = 100;

/** A header's checksum is of the header with its own field full of spaces. */
export function sumOf(block: Buffer): number {
  return block.reduce((sum, byte) => sum + byte, 0);
}

/** A header as it stands; `x` is a pax header. ERR_BAD_ARCHIVE for what our own writers never make. */
export function decodeHeader(block: Buffer): { flag: string; entry: TarEntry } {
  const summed = Buffer.from(block);
  summed.fill(" ", 148, 156);
  if (octalAt(block, 148, 8) !== sumOf(summed)) throw badArchive("a header's checksum is wrong");
  if (block.toString("latin1", 257, 263) !== "ustar\0") throw badArchive("it is not POSIX's format");
  const flag = block.toString("latin1", 156, 157);
  const kind = flag === "x" ? "file" : KINDS[flag];
  if (kind === undefined) {
    throw badArchive(`it holds an entry of type ${JSON.stringify(flag)}, neither file, directory nor link`);
  }
  const prefix = textAt(block, 345, 155);
  const name = textAt(block, 0, NAME_BYTES);
  const entry = {
    kind,
    path: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from("/"), name]),
    linkTarget: textAt(block, 157, NAME_BYTES),
    mode: octalAt(block, 100, 8) & 0o7777,
    uid: octalAt(block, 108, 8),
    gid: octalAt(block, 116, 8),
    size: octalAt(block, 124, 12),
    mtime: octalAt(block, 136, 12),
  };
  return { flag, entry };
}

function textAt(block: Buffer, offset: number, length: number): Buffer {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return Buffer.from(end === -1 ? field : field.subarray(0, end));
}

function octalAt(block: Buffer, offset: number, length: number): number {
  const text = block.toString("latin1", offset, offset + length);
  const digits = /^ *([0-7]*)[ \0]*$/.exec(text)?.[1];
  if (digits === undefined) throw badArchive("a number in a header is none");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

/** The entry with what its pax header says of it. */
export function applyPax(entry: TarEntry, pax: Buffer): TarEntry {
  let result = entry;
  for (let rest = pax; rest.length > 0; ) {
    const head = /^(\d{1,5}) ([^=\n]{1,100})=/.exec(rest.toString("latin1", 0, 120));
    const length = Number(head?.[1]);
    if (head === null || length > rest.length || length <= head[0].length || rest[length - 1] !== 0x0a) {
      throw badArchive("a pax header is malformed");
    }
    result = { ...result, ...overrideOf(head[2] ?? "", rest.subarray(head[0].length, length - 1)) };
    rest = rest.subarray(length);
  }
  return result;
}

function overrideOf(key: string, value: Buffer): Partial<TarEntry> {
  if (key === "path") return { path: Buffer.from(value) };
  if (key === "linkpath") return { linkTarget: Buffer.from(value) };
  if (key !== "size" && key !== "uid" && key !== "gid") return {};
  const number = Number(/^\d{1,16}$/.exec(value.toString("latin1"))?.[0]);
  if (!Number.isSafeInteger(number)) throw badArchive("a number in a pax header is none");
  return { [key]: number };
}

/** What no name may be, whoever wrote it. */
export function checkNames({ kind, path, linkTarget, size }: TarEntry): void {
  if (path.length === 0 || path.length > MAX_PATH_BYTES || path.includes(0))
    throw badArchive("a name is none");
  if (linkTarget.length > MAX_PATH_BYTES || linkTarget.includes(0))
    throw badArchive("a link's target is none");
  if (kind.endsWith("link") && linkTarget.length === 0) throw badArchive("a link leads nowhere");
  if (kind !== "file" && size !== 0) throw badArchive("something other than a file has content");
}
