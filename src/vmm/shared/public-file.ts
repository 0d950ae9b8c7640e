import { open, rm } from "node:fs/promises";

/** Makes a new file that a jailed VMM may read, whatever our umask is: its directory is what keeps others out. */
export async function writePublic(path: string, content: string | Uint8Array): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.chmod(0o444);
  } finally {
    await file.close();
  }
}
