import path from "node:path";
import { usageError } from "../usage-error.ts";

/** One side of `vm cp`. */
export type CopySide =
  | { readonly kind: "guest"; readonly ref: string; readonly path: string }
  | { readonly kind: "local"; readonly path: string }
  | { readonly kind: "stream" };

/** What a source is called, as far as the place of its copy hangs on it. */
export interface SourceName {
  /** What is in a directory (`dir/.`), and not the directory. */
  readonly contents: boolean;
  readonly name: string;
}

/**
 * Reads an argument as `docker cp` does: `vm:path`, or a path of this host; one that begins with `/` or `.` is always the host's. A guest's
 * path is from its `/`. ERR_USAGE.
 */
export function copySide(argument: string): CopySide {
  if (argument === "-") return { kind: "stream" };
  if (argument === "") throw usageError("a path is empty", "write `banger vm cp SOURCE DESTINATION`");
  const colon = argument.indexOf(":");
  const ref = argument.slice(0, Math.max(colon, 0));
  if (argument.startsWith("/") || ref === "" || ref.startsWith(".") || ref.includes("/")) {
    return { kind: "local", path: argument };
  }
  const inside = argument.slice(colon + 1);
  if (inside === "") {
    throw usageError(
      `"${argument}" names no path in ${ref}`,
      `write ${ref}:/path, or ${ref}:/ for all of it`,
    );
  }
  return { kind: "guest", ref, path: guestPath(inside) };
}

/** Absolute and normal; an end of `/` or `/.` stays, since it means something. */
function guestPath(text: string): string {
  const normal = path.posix.normalize(`/${text}`);
  const asksForContents = path.posix.basename(text) === ".";
  return asksForContents && normal !== "/" ? `${normal.replace(/\/$/, "")}/.` : normal;
}

/** Of a source's path, on either side. */
export function sourceName(source: string): SourceName {
  const last = path.posix.basename(source);
  if (last === "." || last === "") return { contents: true, name: "." };
  return { contents: false, name: last === ".." ? path.basename(path.resolve(source)) || "." : last };
}

/** Whether a path says that it is a directory. */
export function asksForDirectory(source: string): boolean {
  return source.endsWith("/") || path.posix.basename(source) === "." || path.posix.basename(source) === "..";
}
