import path from "node:path";
import { z } from "zod";
import type { FileSyncEntry } from "../domain/file-sync.ts";

const HOST = "expected an absolute path or one under `~/`, without `..`";
const GUEST = "expected a path under `~/` or `/root/`, without `..`";
const MODE = 'expected an octal mode in quotes such as "0600"';

/** `[[file_sync]]` (CFG-3): `home` is what `~` stands for on the host; in a guest it is `/root`. */
export function fileSyncSchema(home: string) {
  return z
    .array(
      z
        .strictObject(
          {
            host: text(HOST, (value) => hostPath(value, home)),
            guest: text(GUEST, guestPath),
            mode: text(MODE, modeOf).optional(),
          },
          { error: (issue) => (issue.code === "invalid_type" ? "expected a table" : undefined) },
        )
        .transform(({ host, guest, mode }): FileSyncEntry => ({ host, guest, mode: mode ?? null })),
      { error: "expected tables: `[[file_sync]]`" },
    )
    .optional();
}

/** The keys of one entry, for suggestions. */
export const FILE_SYNC_KEYS = ["host", "guest", "mode"];

function text<T>(expected: string, read: (value: string) => T | null) {
  return z.string({ error: expected }).transform((value, context): T => {
    const result = value.includes("\0") ? null : read(value);
    if (result !== null) return result;
    context.addIssue({ code: "custom", message: expected });
    return z.NEVER;
  });
}

function hostPath(value: string, home: string): string | null {
  if (value.split("/").includes("..")) return null;
  const expanded = value.startsWith("~/") ? path.join(home, value.slice(2)) : value;
  if (!path.isAbsolute(expanded)) return null;
  return withoutEnd(path.normalize(expanded));
}

function guestPath(value: string): string | null {
  const rest = /^(?:~|\/root)\/(.*)$/s.exec(value)?.[1];
  if (rest === undefined || /[\n\r]/.test(rest) || rest.split("/").includes("..")) return null;
  const below = withoutEnd(path.posix.normalize(rest));
  return below === "." || below === "/" || below === "" ? null : path.posix.join("/root", below);
}

function modeOf(value: string): number | null {
  return /^0?[0-7]{3}$/.test(value) ? Number.parseInt(value, 8) : null;
}

function withoutEnd(value: string): string {
  return value.length > 1 ? value.replace(/\/+$/, "") : value;
}
