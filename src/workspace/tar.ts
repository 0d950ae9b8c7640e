import { encodeGnuHeader } from "../shared/tar/encode.ts";
import { BLOCK_BYTES, paddingOf } from "../shared/tar/format.ts";
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

/** The header of a member, as any tar in a guest reads it. The content follows, then {@link padding}. */
export function tarHeader({ path, kind, mode, size, mtime, target }: TarHeader): Buffer {
  return encodeGnuHeader({
    kind: kind === "link" ? "symlink" : kind,
    path: bytesOf(kind === "directory" ? `${path}/` : path),
    linkTarget: target ?? Buffer.alloc(0),
    mode,
    uid: 0,
    gid: 0,
    size,
    mtime,
  });
}

/** Zeros that follow `size` bytes of content. */
export function padding(size: number): Buffer {
  return Buffer.alloc(paddingOf(size));
}

/** The end of an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK_BYTES);
}
