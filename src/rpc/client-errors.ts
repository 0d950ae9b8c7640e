import { BangerError, errorCode, errorMessage } from "../shared/errors.ts";

/** The connection ended under a call. What was asked may or may not have been done. */
export function daemonLost(cause?: unknown): BangerError {
  return new BangerError("ERR_DAEMON_LOST", "the connection to the daemon was lost", {
    next: "see what became of it with `banger vm list --all`",
    cause,
  });
}

/** The same under a command in a guest: it was hung up. */
export function commandLost(cause?: unknown): BangerError {
  return new BangerError(
    "ERR_DAEMON_LOST",
    "the connection to the daemon was lost; the command was hung up",
    { next: "VMs run on: see `banger vm list`, and run the command again", cause },
  );
}

export function cannotConnect(socketPath: string, cause: unknown): BangerError {
  const code = errorCode(cause);
  if (code === "ENOENT" || code === "ECONNREFUSED") {
    return new BangerError("ERR_DAEMON_NOT_RUNNING", "the daemon is not running", {
      next: "start it: `banger daemon start`",
      details: { socket: socketPath },
      cause,
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new BangerError("ERR_NOT_ROOT", `${socketPath} belongs to another user`, {
      next: "run it as root, with sudo",
      details: { socket: socketPath },
      cause,
    });
  }
  return new BangerError("ERR_DAEMON_UNREACHABLE", `${socketPath}: ${errorMessage(cause)}`, {
    next: "see `banger daemon status`",
    cause,
  });
}
