import { mkdir, rm } from "node:fs/promises";
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

/** Makes `directory` (which may be there) and fills it, where there is room; whatever fails, it is gone. ERR_NO_SPACE. */
export async function inNewDirectory<T>(
  place: { readonly directory: string; readonly neededBytes: number; readonly what: string },
  fill: () => Promise<T>,
): Promise<T> {
  const { directory, neededBytes, what } = place;
  await mkdir(directory, { recursive: true });
  try {
    await requireSpace(directory, neededBytes, what);
    return await withSpaceErrors(directory, neededBytes, what, fill);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}
