/** One report of progress. `totalBytes` is given only when it is known, never guessed. */
export interface AssemblyProgress {
  /** What is going on, for a person: "downloading packages". */
  step: string;
  doneBytes?: number;
  totalBytes?: number;
  /** The thing in hand (a package, a file) or a count like "34/120". */
  detail?: string;
}

/** What every long-running function of this room is given. */
export interface AssemblyContext {
  /** Ends the work: helper programs are killed, and the call rejects with `signal.reason`. */
  signal: AbortSignal;
  progress(event: AssemblyProgress): void;
  /** Helper programs' whole output is appended here; errors name this file. */
  logFile: string;
  /** Holds downloaded packages between runs; deleting it costs only time. */
  cacheDirectory: string;
  /**
   * The archive to fetch from: a URI, or the absolute path of a sources file (which may name the security archive too). Absent:
   * mmdebstrap's own default. `BANGER_DEBIAN_MIRROR` is read by {@link mirrorFromEnvironment}.
   */
  debianMirror?: string;
}

/** The mirror that the user's environment asks for (`BANGER_DEBIAN_MIRROR`), as a part of an {@link AssemblyContext}. */
export function mirrorFromEnvironment(env: NodeJS.ProcessEnv): Pick<AssemblyContext, "debianMirror"> {
  const mirror = env.BANGER_DEBIAN_MIRROR?.trim();
  return mirror ? { debianMirror: mirror } : {};
}
