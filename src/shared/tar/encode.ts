import { BLOCK_BYTES, FLAGS, NAME_BYTES, paddingOf, sumOf, type TarEntry } from "./format.ts";

const OCTAL_7 = 0o7777777;
const OCTAL_11 = 0o77777777777;

/** One ustar header, after a pax header for what does not fit. */
export function encodeHeader(entry: TarEntry): Buffer {
  const records = paxRecords(entry);
  const block = encodeBlock(entry, FLAGS[entry.kind], "posix");
  if (records.length === 0) return block;
  const pax = Buffer.concat(records);
  const head = { ...entry, path: Buffer.from("pax"), linkTarget: Buffer.alloc(0), mode: 0o600 };
  return Buffer.concat([
    encodeBlock({ ...head, size: pax.length }, "x", "posix"),
    pax,
    Buffer.alloc(paddingOf(pax.length)),
    block,
  ]);
}

/**
 * The same in the format of GNU tar, for archives that a guest's own tar unpacks: GNU's, busybox's and bsdtar read it alike, and names of
 * any bytes and length in it (busybox passes over pax headers; GNU tar takes a pax name for UTF-8).
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
export function encodeGnuHeader(entry: TarEntry): Buffer {
  const { path, linkTarget, kind } = entry;
  return Buffer.concat([
    ...(linkTarget.length > NAME_BYTES ? longName("K", linkTarget) : []),
    ...(path.length > NAME_BYTES ? longName("L", path) : []),
    encodeBlock(entry, FLAGS[kind], "gnu"),
  ]);
}

/** A member of its own, which names the next one. */
function longName(flag: "K" | "L", name: Buffer): Buffer[] {
  const size = name.length + 1;
  const path = Buffer.from("././@LongLink");
  const head = {
    kind: "file",
    path,
    linkTarget: Buffer.alloc(0),
    mode: 0,
    uid: 0,
    gid: 0,
    size,
    mtime: 0,
  } as const;
  return [encodeBlock(head, flag, "gnu"), name, Buffer.alloc(1 + paddingOf(size))];
}

function paxRecords({ path, linkTarget, size, uid, gid }: TarEntry): Buffer[] {
  const number = (key: string, value: number, most: number) =>
    value > most ? [paxRecord(key, Buffer.from(String(value)))] : [];
  return [
    ...(path.length > NAME_BYTES ? [paxRecord("path", path)] : []),
    ...(linkTarget.length > NAME_BYTES ? [paxRecord("linkpath", linkTarget)] : []),
    ...number("size", size, OCTAL_11),
    ...number("uid", uid, OCTAL_7),
    ...number("gid", gid, OCTAL_7),
  ];
}

/** `<length> <key>=<value>\n`: the length counts itself. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.byteLength(key) + value.length + 3;
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from("\n")]);
}

/** "ustar", then the version: POSIX's, or the one blank and a NUL that GNU tar has in its place. */
const MAGIC = { posix: "ustar\u000000", gnu: "ustar  \u0000" } as const;

function encodeBlock(entry: TarEntry, flag: string, format: keyof typeof MAGIC): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (offset: number, digits: number, value: number, most: number) =>
    block.write((value > most ? 0 : value).toString(8).padStart(digits, "0"), offset, "latin1");
  entry.path.copy(block, 0, 0, NAME_BYTES);
  octal(100, 7, entry.mode & 0o7777, OCTAL_7);
  octal(108, 7, entry.uid, OCTAL_7);
  octal(116, 7, entry.gid, OCTAL_7);
  octal(124, 11, entry.size, OCTAL_11);
  if (format === "gnu" && entry.size > OCTAL_11) {
    // In binary, where eleven octal digits are too few.
    block.fill(0, 124, 136)[124] = 0x80;
    block.writeBigUInt64BE(BigInt(entry.size), 128);
  }
  octal(136, 11, Math.min(Math.max(Math.floor(entry.mtime), 0), OCTAL_11), OCTAL_11);
  block.write(flag, 156, "latin1");
  entry.linkTarget.copy(block, 157, 0, NAME_BYTES);
  block.write(MAGIC[format], 257, "latin1");
  block.write("        ", 148, "latin1");
  octal(148, 6, sumOf(block), OCTAL_7);
  block[154] = 0;
  return block;
}
