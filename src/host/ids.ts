import { invalid } from "./host-error.ts";

/** `(uid_t)-1`: setresuid(2), chown(2) and their kin take it for "as it is", which for us is root. */
const AS_IT_IS = 0xffff_ffff;

/** A uid or gid that can be given. ERR_HOST_INVALID for what is no such number, and for the one that means none. */
export function checkId(syscall: string, what: "uid" | "gid", id: number): void {
  if (!(Number.isInteger(id) && id >= 0 && id < AS_IT_IS))
    throw invalid(syscall, `${what} ${id}`, `a ${what} is a number from 0 to 4294967294`);
}

/** Who a file or TAP is given to; what is left out stays. ERR_HOST_INVALID as {@link checkId}. */
export function checkOwner(
  syscall: string,
  { uid, gid }: { uid?: number | undefined; gid?: number | undefined },
): void {
  if (uid !== undefined) checkId(syscall, "uid", uid);
  if (gid !== undefined) checkId(syscall, "gid", gid);
}
