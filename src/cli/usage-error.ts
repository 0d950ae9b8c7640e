import { BangerError } from "../shared/errors.ts";

/** A command line that makes no sense: status 2. */
export function usageError(message: string, next: string): BangerError {
  return new BangerError("ERR_USAGE", message, { next });
}
