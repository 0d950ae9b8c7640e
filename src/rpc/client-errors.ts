import { constants } from "node:http2";
import { BangerError, errorCode, errorMessage } from "../shared/errors.ts";

/** The daemon took nothing more when this came: nothing was done, and the same may be asked of the next one. */
export function daemonStopping(cause?: unknown): BangerError {
  return new BangerError("ERR_DAEMON_STOPPING", "the daemon is stopping", {
    next: "try again in a moment",
    cause,
  });
}

/** Whether a request was not sent, or not looked at, since the daemon had said that it ends (GOAWAY). */
export function isRefusal(error: unknown, rstCode: number | undefined): boolean {
  return rstCode === constants.NGHTTP2_REFUSED_STREAM || errorCode(error) === "ERR_HTTP2_GOAWAY_SESSION";
}

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
