import { type BytePath, bytesOf } from "./paths.ts";

/** A member of an archive. Everything belongs to root. */
export interface TarHeader {
  readonly path: BytePath;
  readonly kind: "file" | "link" | "directory";
  readonly mode: number;
  /** Bytes of a file. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Of a link. */
  readonly target?: Buffer;
}

const BLOCK = 512;
const NAME_BYTES = 100;
const TYPES = { file: "0", directory: "5", link: "2" } as const;
/** Most that eleven octal digits say. */
const MAX_OCTAL = 8 ** 11 - 1;

/**
 * The header of a member, in the format of GNU tar: names are bytes of any kind and length (pax's would have to be UTF-8) and files of any
 * size, which GNU tar, busybox and bsdtar read alike. The content follows, then {@link padding}.
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
export function tarHeader(header: TarHeader): Buffer {
  const name = bytesOf(header.kind === "directory" ? `${header.path}/` : header.path);
  const target = header.target ?? Buffer.alloc(0);
  return Buffer.concat([
    ...(target.length > NAME_BYTES ? longField("K", target) : []),
    ...(name.length > NAME_BYTES ? longField("L", name) : []),
    block({ ...header, name, target, type: TYPES[header.kind] }),
  ]);
}

/** Zeros that follow `size` bytes of content. */
export function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** The end of an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

/** Bytes of a member in the archive. */
export function tarSize(header: TarHeader): number {
  return tarHeader(header).length + header.size + padding(header.size).length;
}

function longField(type: string, value: Buffer): Buffer[] {
  const size = value.length + 1;
  const name = Buffer.from("././@LongLink");
  const head = block({ name, target: Buffer.alloc(0), type, mode: 0, size, mtime: 0 });
  return [head, value, Buffer.alloc(1), padding(size)];
}

interface Block {
  readonly name: Buffer;
  readonly target: Buffer;
  readonly type: string;
  readonly mode: number;
  readonly size: number;
  readonly mtime: number;
}

function block({ name, target, type, mode, size, mtime }: Block): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  name.copy(bytes, 0, 0, NAME_BYTES);
  bytes.write(`${octal(mode, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100, "latin1");
  writeNumber(bytes, 124, size);
  writeNumber(bytes, 136, mtime);
  bytes.write(type, 156, "latin1");
  target.copy(bytes, 157, 0, NAME_BYTES);
  bytes.write("ustar  \0root", 257, "latin1");
  bytes.write("root", 297, "latin1");
  // The checksum is of the header with its own field full of spaces.
  bytes.fill(" ", 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 6)}\0 `, 148, "latin1");
  return bytes;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

/** Twelve bytes: octal, or GNU's binary where that is too short (from 8 GiB on). */
function writeNumber(bytes: Buffer, at: number, value: number): void {
  if (value <= MAX_OCTAL) {
    bytes.write(`${octal(value, 11)}\0`, at, "latin1");
    return;
  }
  bytes[at] = 0x80;
  bytes.writeBigUInt64BE(BigInt(value), at + 4);
}
