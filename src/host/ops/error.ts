/** errno-level failure of one kernel operation. `code` is stable; match on it, never on the message (STYLE rule 6). */
export interface HostErrorShape extends Error {
  /** One of `HostErrorCode` in host-error.ts. */
  readonly code: `ERR_HOST_${string}`;
  /** Node's convention: `EBUSY`, `ENOENT`, ... */
  readonly errnoCode: string;
  /** Negative errno, as in Node's own errors. */
  readonly errno: number;
  /** The call that failed: `ioctl(LOOP_CONFIGURE)`, `netlink(RTM_NEWROUTE)`, `clone3`. */
  readonly syscall: string;
  /** The path or kernel object that it was about. */
  readonly object: string;
  /** The kernel's own words where it has some (netlink's extended ack), or ours; else empty. For people: match on `code`. */
  readonly detail: string;
}
