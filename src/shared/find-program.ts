import { constants } from "node:fs";
import { access } from "node:fs/promises";
import path from "node:path";

/** The first program of that name in these directories (`PATH`, split), or null; relative ones are passed over. */
export async function findOnPath(name: string, directories: readonly string[]): Promise<string | null> {
  for (const directory of directories.filter(path.isAbsolute)) {
    const candidate = path.join(directory, name);
    if (await canExecute(candidate)) return candidate;
  }
  return null;
}

/** Whether a program may be executed; one that cannot be looked at may not. */
export function canExecute(program: string): Promise<boolean> {
  return access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
}
