import { access } from "node:fs/promises";
import { errorCode } from "./errors.ts";

/** Whether a file is there. An answer that the filesystem cannot give now (EIO, ESTALE) is Node's error, not a no: files are deleted on a no. */
export async function isThere(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
