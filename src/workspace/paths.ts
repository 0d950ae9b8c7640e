import { BangerError } from "../shared/errors.ts";

/**
 * A path as git and the kernel have it: bytes, not text. One character is one byte (latin1), so that a path that is not UTF-8 survives
 * as the key of a map and on its way into a tar.
 */
export type BytePath = string;

export function bytesOf(path: BytePath): Buffer {
  return Buffer.from(path, "latin1");
}

export function bytePath(text: string | Buffer): BytePath {
  return (typeof text === "string" ? Buffer.from(text, "utf8") : text).toString("latin1");
}

/** The fields of git's `-z` output. */
export function splitZ(output: Buffer): BytePath[] {
  const fields = output.toString("latin1").split("\0");
  if (fields.at(-1) === "") fields.pop();
  return fields;
}

export function joinZ(paths: Iterable<BytePath>): Buffer {
  return Buffer.from([...paths].map((path) => `${path}\0`).join(""), "latin1");
}

/** For people: control characters and bytes that are not UTF-8 are shown as escapes. */
export function shown(path: BytePath): string {
  const bytes = bytesOf(path);
  const text = bytes.toString("utf8");
  const isText = Buffer.from(text, "utf8").equals(bytes);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  const unsafe = isText ? /[\u0000-\u001f\u007f-\u009f\\]/g : /[^\u0020-\u007e]|\\/g;
  const escaped = (character: string) =>
    character === "\\" ? "\\\\" : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  return (isText ? text : path).replace(unsafe, escaped);
}

/**
 * A path of an index or a tree that leads into the checkout and not into its git directory: git checks this when it adds one, not when it
 * reads one. As git does, `.git` is refused as the filesystems of other systems would write it, too. ERR_WORKSPACE_PATH.
 */
export function checkInside(path: BytePath): void {
  const parts = path.split("/");
  const bad = path === "" || path.includes("\0") || parts.some((part) => isBadPart(part));
  if (!bad) return;
  throw new BangerError(
    "ERR_WORKSPACE_PATH",
    `the repository holds a path that leads out of it: "${shown(path)}"`,
    {
      next: "look at it with `git ls-files`; banger copies no such repository",
    },
  );
}

/** Code points that HFS+ ignores in names, as bytes of UTF-8 (git's `is_hfs_dotgit`). */
export const IGNORED_BY_HFS =
  /\u00e2\u0080[\u008c-\u008f\u00aa-\u00ae]|\u00e2\u0081[\u00aa-\u00af]|\u00ef\u00bb\u00bf/g;

function isBadPart(part: string): boolean {
  if (part === "" || part === "." || part === "..") return true;
  const folded = part.replace(IGNORED_BY_HFS, "").toLowerCase();
  return /^(\.git|git~1)[ .]*(:.*)?$/.test(folded);
}

/** The directories that a path lies in, outermost first. */
export function parentsOf(path: BytePath): BytePath[] {
  const parents: BytePath[] = [];
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) parents.push(path.slice(0, at));
  return parents;
}
