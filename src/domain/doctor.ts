/** `fail`: banger does not work so. `warn`: it works, but slower, or with less than the host could give. */
export type CheckStatus = "pass" | "warn" | "fail";

/** One line of `banger doctor` (DOC-1). */
export interface DoctorCheck {
  /** Stable, for programs: `kvm`, `tun`, `network`, ... */
  readonly id: string;
  readonly status: CheckStatus;
  /** What was found, and for whom it matters: one sentence. */
  readonly message: string;
  /** What led to it, one per line. */
  readonly details: readonly string[];
  /** What to do, where that is more than a command; or nothing. */
  readonly next: string | null;
  /** The command that mends it, for a root shell. */
  readonly command: string | null;
}

export interface DoctorReport {
  readonly build: { readonly version: string; readonly commit: string; readonly time: string };
  readonly checks: readonly DoctorCheck[];
}
