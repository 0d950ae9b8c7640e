import { constants } from "node:fs";
import { access } from "node:fs/promises";
import path from "node:path";

/** The first program of that name on a search path (`PATH`), or null. */
export async function findProgram(name: string, directories: readonly string[]): Promise<string | null> {
  for (const directory of directories.filter(path.isAbsolute)) {
    const candidate = path.join(directory, name);
    const found = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return null;
}
