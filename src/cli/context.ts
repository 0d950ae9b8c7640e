import type { DoctorReport } from "../domain/doctor.ts";
import type { RpcClient } from "../rpc/client.ts";
import type { MethodResults } from "../rpc/contract.ts";
import type { Style } from "./render/style.ts";
import type { SignalSource } from "./signals.ts";

export interface TextOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What a command gets: the process's edges, so that tests can put their own there. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly signals: SignalSource;
  readonly now: () => Date;
  /** The daemon, for commands about the daemon itself. */
  readonly daemon: DaemonAccess;
  /** Colours for stdout and for stderr. */
  readonly style: { readonly stdout: Style; readonly stderr: Style };
  /**
   * Runs `work` with a connection to a daemon of this build, started or replaced if need be, and closes it. `work` may be run a
   * second time after a daemon of another build has refused its first call.
   */
  withDaemon<T>(work: (client: RpcClient) => Promise<T>): Promise<T>;
}

export interface DaemonAccess {
  readonly socket: string;
  readonly logFile: string;
  /** Null when none runs. Never starts one. */
  existing(): Promise<RpcClient | null>;
  /** Starts one unless one runs. */
  start(): Promise<{ client: RpcClient; started: boolean }>;
  /** Whether there is something in this host's kernel that belongs to no VM: while no daemon runs, VMs run on, or one was killed. */
  hasLeft(): boolean;
  /** What the daemon's program finds out about this host, without a daemon. */
  examine(): Promise<DoctorReport>;
  /** Ends it and waits until it is gone. */
  stop(client: RpcClient, options: { force: boolean }): Promise<MethodResults["daemon.stop"]>;
}
