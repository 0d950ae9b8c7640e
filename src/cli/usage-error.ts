import { BangerError } from "../shared/errors.ts";

/** A command line that makes no sense: status 2. */
export function usageError(message: string, next: string): BangerError {
  return new BangerError("ERR_USAGE", message, { next });
}

/** What is planned but not there. Said before anything is made. */
export function notYet(what: string, next: string): BangerError {
  return new BangerError("ERR_NOT_YET", `${what} in a later release`, { next });
}
