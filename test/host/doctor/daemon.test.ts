import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRpcServer } from "../../../src/rpc/server.ts";
import type { Streams } from "../../../src/rpc/streams.ts";
import { type BuildInfo, buildInfo } from "../../../src/shared/build-info.ts";
import { silentLogger } from "../../../src/shared/logger.ts";
import { BrokenHost } from "./broken-host.ts";

let host: BrokenHost;
beforeEach(async () => {
  host = await BrokenHost.open();
});
afterEach(() => host.close());

describe("the daemon", () => {
  const serve = async (build: BuildInfo, startedAt: Date) => {
    mkdirSync(host.runtime, { recursive: true });
    const server = createRpcServer({
      handlers: {
        "daemon.status": async () => ({
          ...{ build, pid: 42, runningVms: 3, startedAt: startedAt.toISOString() },
        }),
      } as never,
      streams: {} as Streams,
      build,
      isBusy: () => false,
      logger: silentLogger,
    });
    const socket = path.join(host.runtime, "bangerd.sock");
    await new Promise<void>((resolve) => server.listener.listen(socket, resolve));
    return server;
  };

  it("of another build, then none", async () => {
    const server = await serve({ version: "9.9.9", commit: "other", time: "" }, new Date());
    const broken = await host.check("daemon");
    expect(broken).toMatchObject({
      status: "warn",
      message: expect.stringContaining("9.9.9+other"),
      command: "banger daemon stop",
    });
    await server.close();
    expect(await host.check("daemon")).toMatchObject({ status: "pass" });
  });

  it("that runs by a configuration which was changed since, then one that does not (DOC-1)", async () => {
    host.configure("[vm_defaults]\nvcpu = 1\n");
    const old = await serve(buildInfo, new Date(Date.now() - 60_000));
    expect(await host.check("daemon")).toMatchObject({
      status: "warn",
      message: expect.stringContaining("before it was changed"),
      command: "banger daemon stop",
    });
    await old.close();
    const fresh = await serve(buildInfo, new Date(Date.now() + 60_000));
    expect(await host.check("daemon")).toMatchObject({ status: "pass" });
    await fresh.close();
  });

  it("that does not answer", async () => {
    mkdirSync(host.runtime, { recursive: true });
    // It reads, and says nothing.
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(path.join(host.runtime, "bangerd.sock"), resolve));
    expect(await host.check("daemon")).toMatchObject({
      status: "warn",
      message: expect.stringContaining("does not answer"),
    });
    await new Promise((resolve) => silent.close(resolve));
  });
});
