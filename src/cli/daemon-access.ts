import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Dirs } from "../config/paths.ts";
import type { DoctorReport } from "../domain/doctor.ts";
import type { RpcClient } from "../rpc/client.ts";
import type { MethodResults } from "../rpc/contract.ts";
import { buildInfo } from "../shared/build-info.ts";
import { BangerError, errorCode } from "../shared/errors.ts";
import type { DaemonAccess } from "./context.ts";
import type { DaemonProgram } from "./daemon-process.ts";

/**
 * How long the socket of a daemon that somebody else has just started may take to appear, in milliseconds: it tries KVM first, and many
 * clients at once may each have started one.
 */
const OTHER_START_MS = 60_000;
const POLL_MS = 20;

/** The daemon by its socket, and by its program where it has to be started. */
export function daemonAccess(program: DaemonProgram & { dirs: Dirs }): DaemonAccess {
  const { socket } = program.dirs;

  async function connect(): Promise<RpcClient> {
    // HTTP/2 is the dearest import of the CLI: only for what talks to the daemon.
    const { RpcClient } = await import("../rpc/client.ts");
    return RpcClient.connect(socket, { build: buildInfo });
  }

  async function existing(): Promise<RpcClient | null> {
    try {
      return await connect();
    } catch (error) {
      if (errorCode(error) === "ERR_DAEMON_NOT_RUNNING") return null;
      throw error;
    }
  }

  async function start(): Promise<{ client: RpcClient; started: boolean }> {
    const running = await existing();
    if (running !== null) return { client: running, started: false };
    const { startDaemon } = await import("./daemon-process.ts");
    try {
      await startDaemon(program);
    } catch (error) {
      // Two commands at once start two daemons, of which one finds the state directory taken: the other one serves both.
      const other = errorCode(error) === "ERR_DAEMON_RUNNING" ? await appears(existing) : null;
      if (other !== null) return { client: other, started: false };
      throw error;
    }
    return { client: await connect(), started: true };
  }

  async function stop(client: RpcClient, options: { force: boolean }): Promise<MethodResults["daemon.stop"]> {
    const { pid } = await client.call("daemon.status", {});
    const result = await client.call("daemon.stop", options.force ? { force: true } : {});
    await client.closed;
    await gone(pid);
    return result;
  }

  async function examine(): Promise<DoctorReport> {
    const { runDaemonDoctor } = await import("./daemon-process.ts");
    return JSON.parse(await runDaemonDoctor(program)) as DoctorReport;
  }

  // A name is in it before its object is made, until after that is gone (ST-5).
  const hasLeft = () => existsSync(program.dirs.hostFile);

  return { socket, logFile: program.dirs.daemonLog, existing, start, hasLeft, examine, stop };
}

async function appears(existing: () => Promise<RpcClient | null>): Promise<RpcClient | null> {
  const deadline = performance.now() + OTHER_START_MS;
  while (performance.now() < deadline) {
    const client = await existing();
    if (client !== null) return client;
    await pause();
  }
  return null;
}

/** Waits until a process has ended: it may still be cleaning up after its socket has closed. */
async function gone(pid: number): Promise<void> {
  while (await isAlive(pid)) await pause();
}

/** By /proc rather than by a signal: what has ended but was not reaped yet is gone for us. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  const state = stat?.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
  return state !== undefined && state !== "Z" && state !== "X";
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

/**
 * Runs `work` on a connection to a daemon of this build (DMN-1). A daemon of another build refuses the first call; it is replaced if it
 * has nothing in flight, which is said in one line, and `work` runs again. So it does after a daemon that was just stopping, as long as that
 * has done nothing of it.
 */
export async function withDaemon<T>(
  daemon: DaemonAccess,
  work: (client: RpcClient) => Promise<T>,
  note: (text: string) => void,
): Promise<T> {
  const { client } = await daemon.start();
  try {
    return await work(client);
  } catch (error) {
    // What was begun is not begun again: a VM would be made twice.
    if (client.served || !(await makeWay(daemon, client, error, note))) throw error;
  } finally {
    await client.close();
  }
  const fresh = await daemon.start();
  try {
    return await work(fresh.client);
  } finally {
    await fresh.client.close();
  }
}

/** Whether the daemon that refused, or died, is gone now, so that a new one can take its place. */
async function makeWay(
  daemon: DaemonAccess,
  client: RpcClient,
  error: unknown,
  note: (text: string) => void,
): Promise<boolean> {
  // A daemon that was killed has its socket until its very end: who comes in between is nobody's client.
  const unheard = errorCode(error) === "ERR_DAEMON_LOST" && !client.greeted;
  if (unheard || errorCode(error) === "ERR_DAEMON_STOPPING") {
    await client.closed;
    return true;
  }
  if (errorCode(error) !== "ERR_BUILD_MISMATCH") return false;
  if (error instanceof BangerError && error.details.busy === true) throw busyError(error);
  note("banger: the running daemon is of another build; replacing it (VMs run on)");
  await daemon.stop(client, { force: false });
  return true;
}

function busyError(cause: unknown): BangerError {
  return new BangerError(
    "ERR_BUILD_MISMATCH",
    "the running daemon is of another build, and an operation is in flight",
    { next: "try again when it has ended, or end it: `banger daemon stop --force`", cause },
  );
}
