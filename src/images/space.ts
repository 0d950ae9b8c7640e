import { errorCode } from "../shared/errors.ts";
import { freeBytes, isNoSpace, noSpace } from "../shared/space.ts";

/** Less than this left on a filesystem after a helper program failed: the program ran out of space, whatever it said. */
const EXHAUSTED_BYTES = 8 * 1024 * 1024;

/**
 * Checks before work begins that the filesystem of `directory` has room for it.
 * @throws BangerError ERR_NO_SPACE with what, where and how much is needed.
 */
export async function requireSpace(directory: string, neededBytes: number, what: string): Promise<void> {
  const { free: available } = await freeBytes(directory);
  if (available < neededBytes) throw noSpace({ what, directory, neededBytes, freeBytes: available });
}

/**
 * Turns any failure that a full disk explains (ENOSPC, EDQUOT, or a program that failed while next to nothing is
 * free) into ERR_NO_SPACE. Programs' messages are not looked at. `neededBytes` is what the whole work needs.
 */
export async function withSpaceErrors<T>(
  directory: string,
  neededBytes: number,
  what: string,
  body: () => Promise<T>,
): Promise<T> {
  try {
    return await body();
  } catch (error) {
    const available = await freeBytes(directory).then(
      ({ free }) => free,
      () => null,
    );
    const exhausted =
      errorCode(error) === "ERR_TOOL_FAILED" && available !== null && available < EXHAUSTED_BYTES;
    if (!isNoSpace(error) && !exhausted) throw error;
    throw noSpace({ what, directory, neededBytes, freeBytes: available }, error);
  }
}
