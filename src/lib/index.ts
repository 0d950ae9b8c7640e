/** `banger-vm`: the daemon's client, by the same contract that the CLI uses (LIB-2). */
import os from "node:os";
import { bangerDirs } from "../config/paths.ts";
import { RpcClient } from "../rpc/client.ts";
import { buildInfo } from "../shared/build-info.ts";
import { Daemon } from "./daemon.ts";

export type { ErrorBody, OperationEvent } from "../domain/operation.ts";
export type { CallOptions, RpcClient } from "../rpc/client.ts";
export type * from "../rpc/contract.ts";
export { BangerError } from "../shared/errors.ts";
export type { ExecSession } from "../shared/exec/exec-session.ts";
export type { ExecExit, ExecSpec, WindowSize } from "../shared/exec/exec-spec.ts";
export type { Daemon, RunOptions } from "./daemon.ts";
export type { ExecOptions, ExecResult } from "./exec.ts";
export type { WorkOptions } from "./operate.ts";
export type { CreatedVm, Vm } from "./vm.ts";
export type { VmWorkspace } from "./workspace.ts";
export type {
  TransferOptions,
  WorkspaceApplied,
  WorkspaceChange,
  WorkspaceExport,
  WorkspaceExportOptions,
  WorkspacePrepared,
  WorkspacePrepareOptions,
} from "./workspace-types.ts";

/** Which daemon to connect to. */
export interface ConnectOptions {
  /** The daemon's socket; by default where this user's daemon has it, `/run/banger/<uid>/bangerd.sock`. */
  readonly socket?: string;
}

/**
 * Connects to the daemon that runs; it is not started from here (`banger daemon start` does). One connection serves any number of calls
 * and streams; `close()` ends it, and hangs up what is open on it. Rejects with a BangerError: ERR_DAEMON_NOT_RUNNING, ERR_NOT_ROOT (the
 * socket is another user's), ERR_DAEMON_UNREACHABLE; calls of a daemon of another build with ERR_BUILD_MISMATCH.
 *
 * @example
 * ```js
 * import { connect } from "banger-vm";
 *
 * await using daemon = await connect();
 * await using vm = await daemon.create({ name: "demo" }, { onEvent: (event) => console.error(event) });
 * await vm.workspace.prepare(".");
 * const { status, stdout } = await vm.exec(["make", "test"], { cwd: "/root/repo", signal: AbortSignal.timeout(600_000) });
 * console.log(status, stdout.toString());
 * await vm.workspace.export("work.patch");
 * ```
 */
export async function connect(options: ConnectOptions = {}): Promise<Daemon> {
  const socket = options.socket ?? ownSocket();
  return new Daemon(await RpcClient.connect(socket, { build: buildInfo }));
}

function ownSocket(): string {
  return bangerDirs({ env: process.env, home: os.homedir(), uid: process.getuid?.() ?? 0 }).socket;
}
