import { HostError } from "./host-error.ts";

/** What a call meets that comes after `close()`, or is ended by it: ERR_HOST_CLOSED. */
export function closedError(syscall: string, object: string): HostError {
  return new HostError({ errnoCode: "ECANCELED", syscall, object, detail: "HostOps is closed" });
}
