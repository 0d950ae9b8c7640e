import { lstat, rm } from "node:fs/promises";
import net from "node:net";
import { BangerError, errorCode, errorMessage } from "../shared/errors.ts";

/**
 * Makes `server` listen at `socketPath`, 0600 from birth. The caller holds the directory's lock, so that what lies there is a dead
 * daemon's; it is asked all the same before it is unlinked. Throws ERR_SOCKET_IN_USE, ERR_SOCKET_FAILED.
 */
export async function listenPrivately(server: net.Server, socketPath: string): Promise<void> {
  await removeStale(socketPath);
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: Error) => reject(failed(socketPath, errorMessage(cause), cause));
    server.once("error", fail);
    server.once("listening", () => {
      server.off("error", fail);
      resolve();
    });
    // bind(2) happens inside listen(), so nothing else of this process runs under this umask.
    const before = process.umask(0o177);
    try {
      server.listen(socketPath);
    } finally {
      process.umask(before);
    }
  });
}

async function removeStale(socketPath: string): Promise<void> {
  const found = await lstat(socketPath).catch((error) => {
    if (errorCode(error) === "ENOENT") return null;
    throw failed(socketPath, errorMessage(error), error);
  });
  if (found === null) return;
  if (!found.isSocket()) throw failed(socketPath, "there is something that is no socket");
  if (await isServed(socketPath)) {
    throw new BangerError("ERR_SOCKET_IN_USE", `another program serves ${socketPath}`, {
      next: "stop it first: `banger daemon stop`",
    });
  }
  await rm(socketPath, { force: true });
}

/** Whether somebody accepts connections there. */
export function isServed(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function failed(socketPath: string, reason: string, cause?: unknown): BangerError {
  return new BangerError("ERR_SOCKET_FAILED", `${socketPath} cannot be served: ${reason}`, {
    next: "remove what is there, or set BANGER_RUNTIME_DIR to another directory",
    cause,
  });
}
