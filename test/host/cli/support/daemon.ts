import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { PassThrough, Readable } from "node:stream";
import type { BulkResult, VmCreateParams, VmSummary } from "../../../../src/rpc/contract.ts";
import type { Handlers } from "../../../../src/rpc/json-rpc.ts";
import { createRpcServer, type RpcServer } from "../../../../src/rpc/server.ts";
import type { Streams } from "../../../../src/rpc/streams.ts";
import { type OperationContext, Operations } from "../../../../src/services/operations.ts";
import { type BuildInfo, buildInfo } from "../../../../src/shared/build-info.ts";
import { toErrorBody } from "../../../../src/shared/error-body.ts";
import { BangerError } from "../../../../src/shared/errors.ts";
import { silentLogger } from "../../../../src/shared/logger.ts";
import { newTold, openGuest, type Told } from "./guest.ts";

export const VM: VmSummary = {
  id: "0123456789abcdef0123456789abcdef",
  name: "brave-otter",
  state: "running",
  image: "debian-bookworm",
  kernel: "debian-cloud",
  vcpu: 2,
  memoryMib: 2048,
  diskSizeBytes: 8 * 2 ** 30,
  address: "172.30.0.2",
  ...{ net: "public", peers: ["db"], published: [] },
  ...{ createdAt: "2026-01-01T00:00:00.000Z", startedAt: "2026-01-01T00:00:01.000Z" },
};

export interface FakeDaemonOptions {
  readonly build?: BuildInfo;
  readonly isBusy?: () => boolean;
  /** Default: that of the tests. */
  readonly pid?: number;
  readonly handlers?: Partial<Handlers>;
  /** What a creation does between its notes and its end. */
  readonly boot?: (context: OperationContext) => Promise<void>;
  readonly log?: () => Readable;
}

/** The real RPC server with handlers of the tests' own: VMs are rows of a map, commands run on this machine. */
export class FakeDaemon {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly vms = new Map<string, VmSummary>();
  readonly calls: { method: string; params: unknown }[] = [];
  workspaceTurn = Promise.resolve(); // Until then it is another client's.
  readonly told: Told = newTold();
  readonly sshds: PassThrough[] = [];
  readonly server: RpcServer;
  /** Codes of errors that the server has answered with. */
  readonly refusals: string[] = [];

  private constructor(directory: string, options: FakeDaemonOptions) {
    this.directory = directory;
    this.env = environmentIn(directory);
    let next = 0;
    const operations = new Operations(silentLogger, () => `op-${++next}`);
    this.server = createRpcServer({
      build: options.build ?? buildInfo,
      isBusy: options.isBusy ?? (() => false),
      logger: {
        ...silentLogger,
        info: (fields) => void ("code" in fields && this.refusals.push(String(fields.code))),
      },
      handlers: this.#handlers(operations, options),
      streams: this.#streams(operations, options),
    });
  }

  static async open(options: FakeDaemonOptions = {}, directory?: string): Promise<FakeDaemon> {
    const daemon = new FakeDaemon(directory ?? (await newDirectory()), options);
    await mkdir(path.join(daemon.directory, "run"), { recursive: true });
    await new Promise<void>((resolve) => daemon.server.listener.listen(daemon.socket, resolve));
    return daemon;
  }

  get socket(): string {
    return path.join(this.directory, "run", "bangerd.sock");
  }

  paramsOf(method: string): unknown[] {
    return this.calls.filter((call) => call.method === method).map(({ params }) => params);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  #handlers(operations: Operations, options: FakeDaemonOptions): Handlers {
    const bulk = (kind: string, work: (ref: string) => void) => async (params: { refs: string[] }) => {
      const { id } = operations.begin(kind, async () => ({
        results: params.refs.map((ref) => this.#one(ref, work)),
      }));
      return { operationId: id };
    };
    const given: Partial<Handlers> = {
      "daemon.status": async () => ({
        build: options.build ?? buildInfo,
        pid: options.pid ?? process.pid,
        socket: this.socket,
        stateDirectory: this.directory,
        log: path.join(this.directory, "daemon.log"),
        startedAt: VM.createdAt,
        operations: 0,
        runningVms: this.vms.size,
        dns: { host: { at: "127.0.0.1:42069", problem: null }, guests: null, resolved: null },
      }),
      "vm.create": async (params, client) => {
        const begun = this.#create(operations, params, options);
        if (params.autoRemove === true) client.onClose(() => void this.vms.clear());
        return begun;
      },
      "vm.list": async () => ({ vms: [...this.vms.values()] }),
      "vm.start": bulk("vm.start", () => undefined),
      "vm.stop": bulk("vm.stop", () => undefined),
      "vm.restart": bulk("vm.restart", () => undefined),
      "vm.kill": bulk("vm.kill", () => undefined),
      "vm.delete": bulk("vm.delete", (id) => this.vms.delete(id)),
      "operation.cancel": async ({ operationId }) => ({ cancelled: await operations.cancel(operationId) }),
      ...options.handlers,
    };
    return new Proxy(given, {
      get: (target, method: keyof Handlers) => async (params: never, client: never) => {
        this.calls.push({ method, params });
        const handler = target[method];
        if (handler === undefined) throw new BangerError("ERR_TEST_REFUSED", `no handler for ${method}`);
        return handler(params, client);
      },
    }) as Handlers;
  }

  #create(operations: Operations, params: VmCreateParams, options: FakeDaemonOptions) {
    const { id } = operations.begin("vm.create", async (context) => {
      context.note("spec: 2 vcpu · 2048 MiB · 8G disk");
      context.note("vmm: qemu with software emulation (a test)");
      await context.stage("disks", async () => undefined);
      await context.stage("guest", async () => options.boot?.(context));
      context.signal.throwIfAborted();
      const vm = { ...VM, name: params.name ?? VM.name };
      this.vms.set(vm.id, vm);
      return { id: vm.id, name: vm.name, address: vm.address };
    });
    return { operationId: id };
  }

  #find(ref: string): VmSummary {
    const vm = [...this.vms.values()].find(({ id, name }) => id === ref || name === ref);
    if (vm !== undefined) return vm;
    throw new BangerError("ERR_VM_NOT_FOUND", `there is no VM "${ref}"`, { next: "look again" });
  }

  #one(ref: string, work: (id: string) => void): BulkResult["results"][number] {
    try {
      const { id, name } = this.#find(ref);
      work(id);
      return { ref, id, name, error: null };
    } catch (error) {
      return { ref, id: null, name: null, error: toErrorBody(error) };
    }
  }

  #streams(operations: Operations, options: FakeDaemonOptions): Streams {
    return {
      operationEvents: (id) => operations.watch(id),
      exec: async (ref) => this.#find(ref) && openGuest(this.told),
      ssh: async (ref) => this.#find(ref) && openGuest(this.told),
      // An sshd that says everything again.
      sshd: async (ref) => {
        this.#find(ref);
        this.sshds.push(new PassThrough());
        return this.sshds.at(-1) as PassThrough;
      },
      workspace: (ref) => this.workspaceTurn.then(() => this.#find(ref) && new PassThrough()),
      logs: async (ref) => {
        this.#find(ref);
        return options.log?.() ?? Readable.from([Buffer.from("console of a test\n")]).pipe(new PassThrough());
      },
    };
  }
}

export function newDirectory(): Promise<string> {
  return mkdtemp(path.join(os.tmpdir(), "banger-cli-"));
}

export function environmentIn(directory: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: directory,
    TERM: "xterm",
    XDG_CONFIG_HOME: path.join(directory, "config"),
    XDG_STATE_HOME: path.join(directory, "state"),
    XDG_CACHE_HOME: path.join(directory, "cache"),
    BANGER_RUNTIME_DIR: path.join(directory, "run"),
    // Whatever starts a daemon in a test that has one is wrong.
    BANGER_DAEMON: "/nonexistent/bangerd.js",
  };
}
