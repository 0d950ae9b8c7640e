import { BangerError, errorCode } from "../shared/errors.ts";
import { freeBytes, isNoSpace } from "../shared/space.ts";

/** Less than this left on a filesystem after a helper program failed: the program ran out of space, whatever it said. */
const EXHAUSTED_BYTES = 8 * 1024 * 1024;

/**
 * Checks before work begins that the filesystem of `directory` has room for it.
 * @throws BangerError ERR_NO_SPACE with what, where and how much is needed.
 */
export async function requireSpace(directory: string, neededBytes: number, what: string): Promise<void> {
  const { free: available } = await freeBytes(directory);
  if (available < neededBytes) throw noSpace(directory, neededBytes, available, what);
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
      () => Number.POSITIVE_INFINITY,
    );
    const exhausted = errorCode(error) === "ERR_TOOL_FAILED" && available < EXHAUSTED_BYTES;
    if (isNoSpace(error) || exhausted) {
      throw noSpace(directory, neededBytes, available, what, error);
    }
    throw error;
  }
}

function noSpace(
  directory: string,
  neededBytes: number,
  available: number,
  what: string,
  cause?: unknown,
): BangerError {
  const have = Number.isFinite(available) ? `, and ${mebibytes(available)} are free` : "";
  return new BangerError(
    "ERR_NO_SPACE",
    `no space left in ${directory} for ${what}: about ${mebibytes(neededBytes)} are needed${have}`,
    {
      next: "free some space there, then run the same command again; nothing half-made is left",
      details: { directory, what, neededBytes, availableBytes: available },
      cause,
    },
  );
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / (1024 * 1024))} MiB`;
}
