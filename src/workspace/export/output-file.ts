import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { BangerError, errorCode, errorMessage } from "../../shared/errors.ts";

/** Copies a file to where the user wants it: whole, or what was there stays; into a pipe or a device as it is. ERR_OUTPUT. */
export async function writeOutput(source: string, target: string): Promise<void> {
  try {
    const existing = await stat(target).catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return null;
      throw error;
    });
    if (existing !== null && !existing.isFile()) return await copy(source, target, "w");
    const real = existing === null ? target : await realpath(target);
    const partial = `${real}.${process.pid}.partial`;
    try {
      await copy(source, partial, "wx", existing?.mode);
      await rename(partial, real);
    } finally {
      await rm(partial, { force: true });
    }
  } catch (cause) {
    throw new BangerError("ERR_OUTPUT", `the patch cannot be written to ${target}: ${errorMessage(cause)}`, {
      next: "name another file with --output",
      cause,
    });
  }
}

/** By handles: a stream that could not be opened tells so after all else has ended, and to nobody. */
async function copy(source: string, target: string, flags: string, mode = 0o666): Promise<void> {
  await using from = await open(source);
  await using to = await open(target, flags, mode & 0o777);
  for await (const chunk of from.createReadStream({ autoClose: false })) await to.writeFile(chunk as Buffer);
}
