import { statfs } from "node:fs/promises";
import path from "node:path";
import { BangerError, errorCode } from "../shared/errors.ts";
import { formatSize } from "../shared/size.ts";

const NO_SPACE = new Set(["ERR_HOST_NO_SPACE", "ENOSPC", "EDQUOT"]);

/** A full disk becomes ERR_NO_SPACE, naming what was made, where, and how much it takes; any other error stays what it is. */
export async function explainNoSpace(
  error: unknown,
  what: string,
  target: string,
  neededBytes: number,
): Promise<unknown> {
  if (!NO_SPACE.has(errorCode(error))) return error;
  const directory = path.dirname(target);
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  return new BangerError(
    "ERR_NO_SPACE",
    `no space left for ${what} in ${directory}: it takes up to ${formatSize(neededBytes)}, ${formatSize(free)} are free`,
    {
      next: "free some space, delete VMs (`banger vm list --all`), or set XDG_STATE_HOME to a larger disk",
      details: { directory, neededBytes, freeBytes: free },
      cause: error,
    },
  );
}
