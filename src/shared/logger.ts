/** What banger's parts log to: structured fields first, then one sentence (DMN-4). pino's logger is one. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = (): void => undefined;

/** For tests and for what runs without a daemon. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
