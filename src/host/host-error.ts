import os from "node:os";
import { BangerError } from "../shared/errors.ts";
import type { HostErrorShape } from "./host-ops.ts";
import { nextStep } from "./next-step.ts";

/** What the caller can act on; each stands for several errnos, of which `errnoCode` says which it was. */
export type HostErrorCode =
  /** Somebody else holds it: try again when he has let go. */
  | "ERR_HOST_BUSY"
  /** The name is taken, or what was to be new is there. */
  | "ERR_HOST_EXISTS"
  /** No such file, device, link or process. Releases never throw it. */
  | "ERR_HOST_NOT_FOUND"
  /** Not root, or without the capability; or what is there may not be changed (read-only). */
  | "ERR_HOST_PERMISSION"
  /** The filesystem, a quota or a device is full. */
  | "ERR_HOST_NO_SPACE"
  /** This kernel or filesystem cannot do it. */
  | "ERR_HOST_UNSUPPORTED"
  /** An argument that cannot be: refused before the kernel is asked, or by it. */
  | "ERR_HOST_INVALID"
  /** The HostOps was closed. */
  | "ERR_HOST_CLOSED"
  /** No native addon, or one that does not load. */
  | "ERR_HOST_ADDON"
  /** An I/O error, and every errno that none of these stands for. */
  | "ERR_HOST_IO";

/** What a {@link HostError} is made of. */
export interface HostErrorFacts {
  /** `EBUSY` */
  errnoCode: string;
  syscall: string;
  object: string;
  /** The kernel's own words, where it has some. */
  detail?: string;
  /** Overrides what `errnoCode` stands for. */
  code?: HostErrorCode;
  next?: string;
  /** Beside errno, call and object. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

const CODES: Readonly<Record<string, HostErrorCode>> = {
  EBUSY: "ERR_HOST_BUSY",
  ETXTBSY: "ERR_HOST_BUSY",
  EAGAIN: "ERR_HOST_BUSY",
  EEXIST: "ERR_HOST_EXISTS",
  EADDRINUSE: "ERR_HOST_EXISTS",
  ENOENT: "ERR_HOST_NOT_FOUND",
  ENODEV: "ERR_HOST_NOT_FOUND",
  ENXIO: "ERR_HOST_NOT_FOUND",
  ESRCH: "ERR_HOST_NOT_FOUND",
  EPERM: "ERR_HOST_PERMISSION",
  EACCES: "ERR_HOST_PERMISSION",
  EROFS: "ERR_HOST_PERMISSION",
  ENOSPC: "ERR_HOST_NO_SPACE",
  EDQUOT: "ERR_HOST_NO_SPACE",
  EFBIG: "ERR_HOST_NO_SPACE",
  ENOSYS: "ERR_HOST_UNSUPPORTED",
  EOPNOTSUPP: "ERR_HOST_UNSUPPORTED",
  ENOTSUP: "ERR_HOST_UNSUPPORTED",
  EXDEV: "ERR_HOST_UNSUPPORTED",
  ENOTTY: "ERR_HOST_UNSUPPORTED",
  EAFNOSUPPORT: "ERR_HOST_UNSUPPORTED",
  EINVAL: "ERR_HOST_INVALID",
  EBADF: "ERR_HOST_INVALID",
  ENAMETOOLONG: "ERR_HOST_INVALID",
  ENOTDIR: "ERR_HOST_INVALID",
  EISDIR: "ERR_HOST_INVALID",
  ELOOP: "ERR_HOST_INVALID",
  ENOEXEC: "ERR_HOST_INVALID",
  ENETDOWN: "ERR_HOST_INVALID",
  ENETUNREACH: "ERR_HOST_INVALID",
  EHOSTUNREACH: "ERR_HOST_INVALID",
  EADDRNOTAVAIL: "ERR_HOST_INVALID",
  ERANGE: "ERR_HOST_INVALID",
  EOVERFLOW: "ERR_HOST_INVALID",
  ECANCELED: "ERR_HOST_CLOSED",
};

/** `EBUSY` of 16 (or -16); `errno 123` for what this platform has no name for. */
export function errnoName(errno: number): string {
  const positive = Math.abs(errno);
  // EOPNOTSUPP and ENOTSUP are one number on Linux; libuv says the latter, the man pages the former.
  if (positive === os.constants.errno.EOPNOTSUPP) return "EOPNOTSUPP";
  for (const [name, value] of Object.entries(os.constants.errno)) if (value === positive) return name;
  return `errno ${positive}`;
}

/** One kernel operation failed. Match on `code`, or on `errnoCode` where the difference matters. */
export class HostError extends BangerError implements HostErrorShape {
  declare readonly code: HostErrorCode;
  readonly errnoCode: string;
  readonly errno: number;
  readonly syscall: string;
  readonly object: string;
  readonly detail: string;

  constructor(facts: HostErrorFacts) {
    const { errnoCode, syscall, object, detail } = facts;
    const words = detail === undefined || detail === "" ? errnoCode : `${errnoCode}, ${detail}`;
    const code = facts.code ?? CODES[errnoCode] ?? "ERR_HOST_IO";
    const next = facts.next ?? nextStep(code, facts);
    super(code, `${syscall} on ${object} failed: ${words}`, {
      ...(next === undefined ? {} : { next }),
      ...(facts.cause === undefined ? {} : { cause: facts.cause }),
      details: { ...facts.details, errnoCode, syscall, object },
    });
    this.name = "HostError";
    this.errnoCode = errnoCode;
    this.errno = -(os.constants.errno[errnoCode as keyof typeof os.constants.errno] ?? 0);
    this.syscall = syscall;
    this.object = object;
    this.detail = detail ?? "";
  }
}

/** Refuses an argument before the kernel is asked: ERR_HOST_INVALID. */
export function invalid(syscall: string, object: string, detail: string): HostError {
  return new HostError({ errnoCode: "EINVAL", syscall, object, detail });
}

/** Whether `error` is a HostError with one of these errnos (`EEXIST`). */
export function hasErrno(error: unknown, ...errnoCodes: string[]): error is HostError {
  return error instanceof HostError && errnoCodes.includes(error.errnoCode);
}
