import { type LevelWithSilent, pino } from "pino";
import type { Logger } from "../shared/logger.ts";
import { CappedFile } from "./capped-file.ts";

/** One file of the daemon's log; with the one before it, twice that is on disk at most. */
const CAP_BYTES = 8 * 1024 ** 2;

/** What must not be in a log (DMN-4), at the top of the fields or one or two levels below. */
const SECRETS = ["bootToken", "token", "password", "privateKey", "authorization", "env"];

export interface DaemonLogger {
  readonly logger: Logger;
  close(): void;
}

/** The daemon's log: a JSON object a line, with time, level, fields and a sentence. */
export function openLog(file: string, level: LevelWithSilent, capBytes: number = CAP_BYTES): DaemonLogger {
  const destination = new CappedFile(file, capBytes);
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: "[secret]",
      },
    },
    destination,
  );
  return { logger, close: () => destination.close() };
}
