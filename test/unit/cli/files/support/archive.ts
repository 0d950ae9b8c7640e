import { encodeHeader } from "../../../../../src/shared/tar/encode.ts";
import { paddingOf, type TarEntry } from "../../../../../src/shared/tar/format.ts";

export type Piece = Partial<Omit<TarEntry, "path" | "linkTarget">> & {
  path: string | Buffer;
  linkTarget?: string;
  content?: string;
};

export function encode({ path: name, linkTarget = "", content = "", ...rest }: Piece): Buffer {
  const size = Buffer.byteLength(content);
  const entry: TarEntry = {
    ...{ kind: "file", mode: 0o644, uid: 0, gid: 0, size, mtime: 0 },
    ...rest,
    path: Buffer.from(name),
    linkTarget: Buffer.from(linkTarget),
  };
  return Buffer.concat([encodeHeader(entry), Buffer.from(content), Buffer.alloc(paddingOf(size))]);
}

export const END = Buffer.alloc(1024);
export const archive = (...pieces: Piece[]) => Buffer.concat([...pieces.map(encode), END]);
export const ROOT: Piece = { path: "d/", kind: "directory", mode: 0o755 };

export async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

export const file = (name: string, more: Partial<Piece> = {}): Piece => ({
  path: name,
  content: "evil",
  ...more,
});
export const symlink = (name: string, linkTarget: string): Piece => ({
  path: name,
  kind: "symlink",
  linkTarget,
});
export const hardlink = (name: string, linkTarget: string): Piece => ({
  path: name,
  kind: "hardlink",
  linkTarget,
});

export function resum(header: Buffer): Buffer {
  header.write("        ", 148, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}
