import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncPath } from "./staging.ts";

/** Writes a file that must not exist yet, and fsyncs it. */
export async function writeFileSynced(path: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  const handle = await open(path, "wx", mode);
  try {
    await handle.writeFile(data);
    // Whatever the daemon's umask: a jailed VMM of another uid reads kernel and initramfs.
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces `path` by a complete file or leaves it as it is: temporary name, fsync, rename, fsync of the directory. */
export async function replaceFile(path: string, data: Uint8Array, mode = 0o644): Promise<void> {
  const temporary = `${path}.tmp-${randomBytes(8).toString("hex")}`;
  try {
    await writeFileSynced(temporary, data, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncPath(dirname(path));
}

const REPORT_BYTES = 32 * 1024 * 1024;

/** The SHA-256 of a file, in lower-case hex, with a report every 32 MiB. Holes count as the zeros that they read as. */
export async function fileSha256(
  path: string,
  signal: AbortSignal,
  onBytes: (doneBytes: number) => void = () => {},
): Promise<string> {
  const hash = createHash("sha256");
  let done = 0;
  let reported = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) {
    hash.update(chunk as Buffer);
    done += (chunk as Buffer).length;
    if (done - reported < REPORT_BYTES) continue;
    reported = done;
    onBytes(done);
  }
  return hash.digest("hex");
}
