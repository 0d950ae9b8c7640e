import { type FileHandle, open, rm } from "node:fs/promises";
import { errorCode } from "./errors.ts";

/** Opens a file that is new to write it, with this mode from birth: what a crash left under its name, with whatever mode and owner, goes first. */
export async function openAnew(file: string, mode: number): Promise<FileHandle> {
  try {
    return await open(file, "wx", mode);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    await rm(file);
    return await open(file, "wx", mode);
  }
}

/** Writes a file that is new, as {@link openAnew} makes it. */
export async function writeAnew(file: string, data: string | Buffer, mode: number): Promise<void> {
  const handle = await openAnew(file, mode);
  try {
    await handle.writeFile(data);
  } finally {
    await handle.close();
  }
}
