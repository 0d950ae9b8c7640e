import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { bangerDirs, type Dirs } from "../../../src/config/paths.ts";
import type { Composition, compose } from "../../../src/daemon/compose.ts";
import { type Daemon, type DaemonInput, startDaemon } from "../../../src/daemon/daemon.ts";
import { openFakeHostOps } from "../../../src/host/fake/index.ts";
import { RpcClient } from "../../../src/rpc/client.ts";
import { handlersWith } from "../rpc/harness.ts";

export const BUILD = { version: "1.2.3", commit: "abc", time: "2026-01-01T00:00:00Z" };

export interface Place extends AsyncDisposable {
  readonly root: string;
  readonly env: Record<string, string>;
  readonly dirs: Dirs;
  /** A daemon whose services are `services`; stopped with the place. */
  start(services?: Partial<Composition>, input?: Partial<DaemonInput>): Promise<Daemon>;
  connect(): Promise<RpcClient>;
}

/** Directories of a banger of its own. */
export function place(): Place {
  const root = mkdtempSync(path.join(os.tmpdir(), "bgr-"));
  const env = {
    XDG_CONFIG_HOME: path.join(root, "c"),
    XDG_STATE_HOME: path.join(root, "s"),
    XDG_CACHE_HOME: path.join(root, "k"),
    BANGER_RUNTIME_DIR: path.join(root, "r"),
  };
  const uid = process.getuid?.() ?? 0;
  const dirs = bangerDirs({ env, home: root, uid });
  const daemons: Daemon[] = [];
  return {
    root,
    env,
    dirs,
    async start(services = {}, input = {}) {
      const daemon = await startDaemon({
        dirs,
        home: root,
        owner: { uid, gid: process.getgid?.() ?? 0 },
        env,
        files: { catalog: "", agent: "" },
        build: BUILD,
        openHost: () => openFakeHostOps(),
        compose: composeWith(services),
        onStopRequest: () => undefined,
        ...input,
      });
      daemons.push(daemon);
      return daemon;
    },
    connect: () => RpcClient.connect(dirs.socket, { build: BUILD }),
    async [Symbol.asyncDispose]() {
      for (const daemon of daemons) await daemon.stop({ force: true });
      if (existsSync(root)) rmSync(root, { recursive: true });
    },
  };
}

/** Services that do nothing but what a test gives: what is tested here is the shell around them. */
function composeWith(services: Partial<Composition>): typeof compose {
  return async ({ hostOps }) => ({
    handlers: handlersWith({}),
    streams: {
      // biome-ignore lint/correctness/useYield: it has no events
      async *operationEvents() {
        throw new Error("no operations");
      },
      exec: () => Promise.reject(new Error("no VMs")),
      ssh: () => Promise.reject(new Error("no VMs")),
      sshd: () => Promise.reject(new Error("no VMs")),
      workspace: () => Promise.reject(new Error("no VMs")),
      logs: () => Promise.reject(new Error("no VMs")),
    },
    operationsInFlight: () => 0,
    runningVms: () => 0,
    dns: () => ({ host: { at: "127.0.0.1:42069", problem: null }, guests: null, resolved: null }),
    publishedPorts: () => 0,
    reconcile: async () => ({ kept: 0, demoted: 0, removed: 0 }),
    close: async () => hostOps?.close(),
    ...services,
  });
}
