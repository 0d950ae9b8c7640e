/**
 * A writer of "newc" cpio archives, the format of the kernel's initramfs.
 * Format: https://www.kernel.org/doc/html/latest/driver-api/early-userspace/buffer-format.html
 */

export const S_IFDIR = 0o040000;
export const S_IFREG = 0o100000;
export const S_IFCHR = 0o020000;

export interface CpioEntry {
  /** Relative, without a leading slash; parents come before children. */
  path: string;
  /** Type and permission bits: `S_IFREG | 0o755`. */
  mode: number;
  data?: Uint8Array;
  /** Of a device node. */
  device?: { major: number; minor: number };
}

const TRAILER = "TRAILER!!!";

/**
 * One archive, ending in its trailer and zero padded to 512 bytes, so that another may follow it: the kernel reads
 * concatenated archives. Owner 0:0, mtime 0 and inode numbers by position make the bytes a function of the entries.
 */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const parts: Buffer[] = [];
  entries.forEach((entry, index) => {
    parts.push(header(entry, index + 1), padded(entry.data ?? new Uint8Array()));
  });
  parts.push(header({ path: TRAILER, mode: 0 }, 0));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  parts.push(Buffer.alloc((512 - (length % 512)) % 512));
  return Buffer.concat(parts);
}

function header(entry: CpioEntry, inode: number): Buffer {
  const name = Buffer.from(`${entry.path}\0`, "utf8");
  const links = (entry.mode & 0o170000) === S_IFDIR ? 2 : 1;
  const { major, minor } = entry.device ?? { major: 0, minor: 0 };
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [
    inode,
    entry.mode,
    0,
    0,
    links,
    0,
    entry.data?.length ?? 0,
    0,
    0,
    major,
    minor,
    name.length,
    0,
  ];
  const text = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
  return padded(Buffer.concat([Buffer.from(text, "latin1"), name]));
}

function padded(data: Uint8Array): Buffer {
  return Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
}
