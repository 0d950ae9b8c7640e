import { HostError, invalid } from "./host-error.ts";
import type { LoopAttach } from "./host-ops.ts";

const SYSCALL = "ioctl(LOOP_CONFIGURE)";
/** LO_NAME_SIZE of linux/loop.h without the NUL. */
const NAME_BYTES = 63;

/** ERR_HOST_INVALID for a name that the kernel would cut, and for places that no file has. */
export function checkLoop({ backingFile, name, offsetBytes = 0n, sizeLimitBytes = 0n }: LoopAttach): void {
  if (typeof name !== "string" || name.includes("\0"))
    throw invalid(SYSCALL, String(name), "a name is text without a NUL");
  if (Buffer.byteLength(name) > NAME_BYTES)
    throw new HostError({ errnoCode: "ENAMETOOLONG", syscall: SYSCALL, object: name });
  for (const bytes of [offsetBytes, sizeLimitBytes])
    if (typeof bytes !== "bigint" || bytes < 0n || bytes >= 2n ** 63n)
      throw invalid(SYSCALL, backingFile, `${bytes} is no place in a file`);
}
