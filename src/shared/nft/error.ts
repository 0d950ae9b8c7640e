import { BangerError } from "../errors.ts";

/** What cannot be put into a rule or a set: ERR_HOST_INVALID, before the kernel is asked. */
export function nftInvalid(what: string, detail: string): BangerError {
  return new BangerError("ERR_HOST_INVALID", `${what} is refused: ${detail}`);
}
