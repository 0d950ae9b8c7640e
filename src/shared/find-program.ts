import { constants } from "node:fs";
import { access } from "node:fs/promises";
import path from "node:path";

/**
 * The first program of that name in these directories (`PATH`, split), or null; relative ones are passed over. All are looked in at once: a
 * PATH may have a dozen of them.
 */
export async function findOnPath(name: string, directories: readonly string[]): Promise<string | null> {
  const candidates = directories.filter(path.isAbsolute).map((directory) => path.join(directory, name));
  const usable = await Promise.all(candidates.map(canExecute));
  return candidates.find((_, at) => usable[at]) ?? null;
}

/** Whether a program may be executed; one that cannot be looked at may not. */
export function canExecute(program: string): Promise<boolean> {
  return access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
}
