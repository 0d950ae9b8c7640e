import type net from "node:net";
import type { Logger } from "../../shared/logger.ts";
import { CappedLog } from "./capped-log.ts";

/**
 * Copies a guest's console to its log until the VMM closes it. The log is written before more is read, so a disk that is slow slows the
 * guest's console down and not the daemon's memory up; a disk that is full loses console output and nothing else.
 */
export async function copyConsole(
  socket: net.Socket,
  consoleLog: string,
  { logger, consoleLogBytes }: { logger: Logger; consoleLogBytes?: number },
): Promise<void> {
  const log = new CappedLog(consoleLog, consoleLogBytes);
  let failed = false;
  try {
    await log.open();
    for await (const chunk of socket) {
      try {
        await log.append(chunk as Uint8Array);
      } catch (err) {
        if (!failed) logger.warn({ consoleLog, err }, "the guest's console could not be written");
        failed = true;
      }
    }
  } catch (err) {
    // A VMM that is killed may reset its sockets instead of closing them; the console ends either way.
    logger.debug({ consoleLog, err }, "the guest's console ended");
  } finally {
    socket.destroy();
    await log.close();
  }
}
