import { mkdir } from "node:fs/promises";
import path from "node:path";
import { type Config, loadConfig } from "../config/load.ts";
import type { Dirs } from "../config/paths.ts";
import type { HostOps } from "../host/host-ops.ts";
import type { DaemonStatus } from "../rpc/contract.ts";
import { createRpcServer, type RpcServer } from "../rpc/server.ts";
import type { BuildInfo } from "../shared/build-info.ts";
import { BangerError } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import { UndoScope } from "../shared/undo.ts";
import { openState } from "../state/database.ts";
import { lockDirectory } from "../state/lock.ts";
import type { Composition, compose } from "./compose.ts";
import { isServed, listenPrivately } from "./listen.ts";
import { openLog } from "./logger.ts";
import type { PackageFiles } from "./package-files.ts";
import { ensureRuntimeDirectory, type Owner } from "./runtime-dir.ts";
import { waitUntilIdle } from "./wait-until-idle.ts";

/** How long a start waits for a daemon that is just ending, and serves nobody any more, in milliseconds. */
const LOCK_WAIT_MS = 15_000;
/** How long a stop waits for operations in flight before it cancels them, in milliseconds. */
const FINISH_MS = 10_000;
/** How long a stop waits for clients to take their last bytes, in milliseconds. */
const LAST_BYTES_MS = 5_000;

export interface DaemonInput {
  readonly dirs: Dirs;
  readonly home: string;
  readonly owner: Owner;
  readonly env: NodeJS.ProcessEnv;
  readonly files: PackageFiles;
  readonly build: BuildInfo;
  readonly openHost: () => HostOps;
  readonly compose: typeof compose;
  /** Called when a client asked for the end; whoever started the daemon then calls `stop`. */
  readonly onStopRequest: (request: { force: boolean }) => void;
  /** Milliseconds instead of FINISH_MS and LOCK_WAIT_MS, for tests. */
  readonly finishMs?: number;
  readonly lockWaitMs?: number;
}

export interface Daemon {
  readonly logger: Logger;
  /** Lets operations in flight end (at once with `force`), then releases everything. VMs run on. Never rejects. */
  stop(options: { force: boolean }): Promise<void>;
}

/**
 * Starts the daemon: locks, log, state, services, reconcile, socket, in this order. A start that fails half-way undoes all of it
 * (DMN-2).
 */
export async function startDaemon(input: DaemonInput): Promise<Daemon> {
  const scope = new UndoScope();
  try {
    return await start(input, scope);
  } catch (error) {
    const errors = await scope.rollback();
    throw errors.length === 0 ? error : new AggregateError([error, ...errors], String(error));
  }
}

async function start(input: DaemonInput, scope: UndoScope): Promise<Daemon> {
  const { dirs } = input;
  const config = await loadConfig(dirs.configFile, input.home);
  const host = input.openHost();
  // Released by the composition once there is one; closing twice is harmless.
  scope.defer("host", () => host.close());
  for (const directory of [dirs.state, dirs.logs]) await mkdir(directory, { recursive: true, mode: 0o700 });
  await ensureRuntimeDirectory(host.file, dirs, input.owner);
  // Two state directories must not share sockets, nor two runtime directories one state.
  const patience = { waitMs: input.lockWaitMs ?? LOCK_WAIT_MS, isHopeless: () => isServed(dirs.socket) };
  for (const directory of [dirs.state, dirs.runtime]) {
    const lock = await lockDirectory(path.join(directory, "bangerd.lock"), directory, patience);
    scope.defer(`lock of ${directory}`, () => lock.release());
  }
  const log = openLog(dirs.daemonLog, config.logLevel);
  scope.defer("log", () => log.close());
  const { logger } = log;
  logger.info({ build: input.build, state: dirs.state, runtime: dirs.runtime }, "starting");
  const { composition, closeServices } = await composeAll(input, config, host, logger, scope);
  const rpc = serveRpc(input, composition, logger, new Date());
  scope.defer("rpc", () => rpc.close(LAST_BYTES_MS));
  await listenPrivately(rpc.listener, dirs.socket);
  rpc.listener.on("error", (err) => logger.error({ err }, "the listener failed"));
  logger.info({ socket: dirs.socket, runningVms: composition.runningVms() }, "ready");
  return {
    logger,
    async stop({ force }) {
      logger.info({ force, operations: composition.operationsInFlight() }, "stopping");
      rpc.drain();
      if (!force) await waitUntilIdle(composition.operationsInFlight, input.finishMs ?? FINISH_MS);
      // Cancelled operations still tell their watchers: services end before the connections do.
      await closeServices().catch((err) => logger.error({ err }, "closing the services failed"));
      logger.info({}, "stopped");
      for (const err of await scope.rollback()) process.emitWarning(err);
    },
  };
}

async function composeAll(
  input: DaemonInput,
  config: Config,
  host: HostOps,
  logger: Logger,
  scope: UndoScope,
): Promise<{ composition: Composition; closeServices: () => Promise<void> }> {
  const { dirs, build } = input;
  const { first, last } = config.vmmUidRange;
  const state = openState(dirs.stateFile, {
    networkCidr: config.networkCidr,
    slots: last - first,
    version: build.version,
  });
  scope.defer("state", () => state.close());
  const { files, env } = input;
  const composition = await input.compose({ config, dirs, state, files, logger, build, env, hostOps: host });
  const closeServices = once(() => composition.close());
  scope.defer("services", closeServices);
  logger.info({ report: await composition.reconcile() }, "reconciled");
  return { composition, closeServices };
}

function once(body: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= body();
    return running;
  };
}

function serveRpc(input: DaemonInput, composition: Composition, logger: Logger, startedAt: Date): RpcServer {
  const { dirs, build } = input;
  const status = (): DaemonStatus => ({
    build,
    pid: process.pid,
    socket: dirs.socket,
    stateDirectory: dirs.state,
    log: dirs.daemonLog,
    startedAt: startedAt.toISOString(),
    operations: composition.operationsInFlight(),
    runningVms: composition.runningVms(),
    dns: composition.dns(),
  });
  return createRpcServer({
    handlers: {
      ...composition.handlers,
      "daemon.status": async () => status(),
      "daemon.stop": async ({ force = false }) => {
        if (!force) checkIdle(composition.operationsInFlight());
        const runningVms = composition.runningVms();
        const publishedPorts = composition.publishedPorts();
        // After the reply: setImmediate lets it be written first.
        setImmediate(() => input.onStopRequest({ force }));
        return { runningVms, publishedPorts };
      },
    },
    streams: composition.streams,
    build,
    isBusy: () => composition.operationsInFlight() > 0,
    logger,
  });
}

function checkIdle(operations: number): void {
  if (operations === 0) return;
  const what = operations === 1 ? "an operation is" : `${operations} operations are`;
  throw new BangerError("ERR_DAEMON_BUSY", `${what} in flight`, {
    next: "try again when it has ended, or cancel it: `banger daemon stop --force`",
    details: { operations },
  });
}
