import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** Writes a file whole or not at all, and not when it is already so: a running program keeps the file that it has open. */
export function replaceIfChanged(file: string, contents: string | Uint8Array, mode: number): boolean {
  const bytes =
    typeof contents === "string"
      ? Buffer.from(contents)
      : Buffer.from(contents.buffer, contents.byteOffset, contents.length);
  try {
    if (readFileSync(file).equals(bytes)) return false;
  } catch {
    // Not there yet.
  }
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, bytes);
  chmodSync(temporary, mode);
  renameSync(temporary, file);
  return true;
}
