import net from "node:net";
import { cannotConnect } from "./client-errors.ts";

/** ERR_DAEMON_NOT_RUNNING, ERR_NOT_ROOT, ERR_DAEMON_UNREACHABLE. */
export function openSocket(path: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path);
    const fail = (cause: Error) => reject(cannotConnect(path, cause));
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.off("error", fail);
      resolve(socket);
    });
  });
}
