import { badArchive } from "./format.ts";

/** More than trees have, and fewer than descriptors. */
const MAX_DEPTH = 256;

/**
 * The names of a path in an archive: empty ones and `.` mean nothing. ERR_BAD_ARCHIVE for an absolute path, `..`, and more names than any
 * tree has.
 */
export function namesOf(path: Buffer): Buffer[] {
  if (path[0] === 0x2f) throw badArchive(`a name is absolute: ${shown(path)}`);
  // One byte is one character: names need not be UTF-8.
  const parts = path.toString("latin1").split("/");
  const names = parts
    .filter((part) => part !== "" && part !== ".")
    .map((part) => Buffer.from(part, "latin1"));
  if (parts.includes("..")) throw badArchive(`a name leads out of it: ${shown(path)}`);
  if (names.length > MAX_DEPTH) throw badArchive(`directories are more than ${MAX_DEPTH} deep`);
  return names;
}

/** For a message. */
export function shown(path: Buffer): string {
  const text = JSON.stringify(path.toString("utf8"));
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
