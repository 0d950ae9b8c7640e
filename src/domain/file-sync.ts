/** What of the host's files every guest gets at each start (CFG-3). */
export interface FileSyncEntry {
  /** Absolute, normal. */
  readonly host: string;
  /** Absolute, normal, below `/root`. */
  readonly guest: string;
  /** Of a file, 0 to 0777; null: 0600. */
  readonly mode: number | null;
}

/** The host's `git config --global`: null where it is not set (GST-5). */
export interface GitIdentity {
  readonly name: string | null;
  readonly email: string | null;
}
