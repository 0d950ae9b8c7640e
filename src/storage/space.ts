import path from "node:path";
import { BangerError } from "../shared/errors.ts";
import { formatSize } from "../shared/size.ts";
import { freeBytes, isNoSpace } from "../shared/space.ts";

/** A full disk becomes ERR_NO_SPACE, naming what was made, where, and how much it takes; any other error stays what it is. */
export async function explainNoSpace(
  error: unknown,
  what: string,
  target: string,
  neededBytes: number,
): Promise<unknown> {
  if (!isNoSpace(error)) return error;
  const directory = path.dirname(target);
  const { free } = await freeBytes(directory);
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
