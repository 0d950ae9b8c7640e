/** What START asks for (docs/guest-protocol.md). */
export interface ExecSpec {
  /** Empty: the user's login shell. */
  readonly argv: readonly string[];
  /** The program is the agent's own, and argv[0] says what it is to be. */
  readonly self?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the user's home. */
  readonly cwd?: string | null;
  /** `name`, `uid`, `name:group`, `uid:gid`. Default: root. */
  readonly user?: string | null;
  /** A PTY of this size; without it stdout and stderr are pipes of their own. */
  readonly tty?: (WindowSize & { readonly term?: string }) | null;
}

/** Of a terminal, in characters. */
export interface WindowSize {
  readonly rows: number;
  readonly cols: number;
}

/** One of them is null. */
export interface ExecExit {
  readonly code: number | null;
  readonly signal: number | null;
}

/** The exit status that a shell would show: a signal's is 128+n (RUN-2). */
export function exitStatus(exit: ExecExit): number {
  return exit.code ?? 128 + (exit.signal ?? 0);
}

/** The exit status for a command that did not start, by its error's code; null for any other failure. */
export function startFailureStatus(code: string): number | null {
  if (code === "ERR_EXEC_NOT_FOUND") return 127;
  return code.startsWith("ERR_EXEC_") && code !== "ERR_EXEC_LOST" && code !== "ERR_EXEC_PROTOCOL"
    ? 126
    : null;
}
