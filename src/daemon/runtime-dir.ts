import { lstat, mkdir } from "node:fs/promises";
import path from "node:path";
import type { Dirs } from "../config/paths.ts";
import type { FileOps } from "../host/host-ops.ts";
import { BangerError, errorCode } from "../shared/errors.ts";

/** `/<32 digits>/` and the longest socket name that a VMM's driver uses, under `<runtime>/vms`. */
const LONGEST_TAIL_BYTES = "/vms/".length + 32 + "/agent.sock".length;
/** sockaddr_un's sun_path has 108 bytes, one of them the terminating zero. */
const SOCKET_PATH_BYTES = 107;

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Makes the runtime directory (CFG-4): `/run/banger` root's and open to pass, `/run/banger/<uid>` the user's and 0700, re-chmod'ed if
 * loose. What is there and is no real directory of the right owner is refused. Throws ERR_RUNTIME_DIR_UNSAFE,
 * ERR_RUNTIME_DIR_TOO_LONG, or a HostError.
 */
export async function ensureRuntimeDirectory(
  files: Pick<FileOps, "ensureDirectory">,
  dirs: Pick<Dirs, "runtime">,
  owner: Owner,
): Promise<void> {
  if (Buffer.byteLength(dirs.runtime) + LONGEST_TAIL_BYTES > SOCKET_PATH_BYTES) {
    throw new BangerError(
      "ERR_RUNTIME_DIR_TOO_LONG",
      `${dirs.runtime} is too long a path: the sockets in it would have more than ${SOCKET_PATH_BYTES} bytes`,
      { next: "set BANGER_RUNTIME_DIR to a shorter one" },
    );
  }
  const parent = path.dirname(dirs.runtime);
  if (parent === "/run/banger") await ensureSafe(files, parent, { uid: 0, gid: 0 }, 0o755);
  else await mkdir(parent, { recursive: true });
  await ensureSafe(files, dirs.runtime, owner, 0o700);
  await ensureSafe(files, path.join(dirs.runtime, "vms"), owner, 0o700);
}

async function ensureSafe(
  files: Pick<FileOps, "ensureDirectory">,
  directory: string,
  owner: Owner,
  mode: number,
): Promise<void> {
  const found = await lstat(directory).catch((error) => {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  });
  if (found !== null && !found.isDirectory()) {
    throw unsafe(
      `${directory} is ${found.isSymbolicLink() ? "a symbolic link" : "not a directory"}`,
      directory,
    );
  }
  if (found !== null && found.uid !== owner.uid) {
    throw unsafe(`${directory} belongs to uid ${found.uid}, not to uid ${owner.uid}`, directory);
  }
  await files.ensureDirectory(directory, { ...owner, mode });
}

function unsafe(message: string, directory: string): BangerError {
  return new BangerError("ERR_RUNTIME_DIR_UNSAFE", message, {
    next: `find out who made it, then remove it: \`sudo rm -rf ${directory}\``,
    details: { directory },
  });
}
