import { rm, writeFile } from "node:fs/promises";
import { errorCode } from "./errors.ts";

/** Writes a file that is new, with this mode from birth: what a crash left under its name, with whatever mode and owner, goes first. */
export async function writeAnew(file: string, data: string | Buffer, mode: number): Promise<void> {
  const write = () => writeFile(file, data, { flag: "wx", mode });
  try {
    await write();
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    await rm(file);
    await write();
  }
}
