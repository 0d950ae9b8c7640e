import type { Duplex, Readable } from "node:stream";
import type { CallOptions, RpcClient } from "../rpc/client.ts";
import type {
  BulkResult,
  MethodParams,
  OperationStarted,
  VmCreated,
  VmDetails,
  VmHealth,
  VmPorts,
  VmStats,
} from "../rpc/contract.ts";
import { deleteVm, throwBulkError } from "../rpc/operations.ts";
import { fromErrorBody } from "../shared/error-body.ts";
import { BangerError } from "../shared/errors.ts";
import { ExecSession } from "../shared/exec/exec-session.ts";
import type { ExecSpec } from "../shared/exec/exec-spec.ts";
import { type ExecOptions, type ExecResult, runToEnd } from "./exec.ts";
import { operate, type WorkOptions } from "./operate.ts";
import { VmWorkspace } from "./workspace.ts";

/** The methods that begin work on one VM. */
type Work = "vm.start" | "vm.stop" | "vm.restart" | "vm.kill" | "vm.delete" | "vm.set";

/** One VM, by its id, name, or a unique begin of either. A ref that leads nowhere is ERR_VM_NOT_FOUND, in each call. */
export class Vm {
  /** As it was given; of a VM that was made here, its id. */
  readonly ref: string;
  protected readonly rpc: RpcClient;

  constructor(rpc: RpcClient, ref: string) {
    this.rpc = rpc;
    this.ref = ref;
  }

  /** The checkout in it: one of this host's in, a patch out. */
  get workspace(): VmWorkspace {
    return new VmWorkspace(this.rpc, this.ref);
  }

  /** All that is known of it. ERR_VM_NOT_FOUND, ERR_AMBIGUOUS_REF. */
  show(options?: CallOptions): Promise<VmDetails> {
    return this.rpc.call("vm.show", { ref: this.ref }, options);
  }

  /** What it takes of the host. The first call takes a moment: it measures. */
  async stats(options?: CallOptions): Promise<VmStats> {
    const { stats, missing } = await this.rpc.call("vm.stats", { refs: [this.ref] }, options);
    return stats[0] ?? this.#missing(missing[0]?.error);
  }

  /** Whether VMM and guest do what they should. */
  async health(options?: CallOptions): Promise<VmHealth> {
    const { results } = await this.rpc.call("vm.health", { refs: [this.ref] }, options);
    return results[0]?.health ?? this.#missing(results[0]?.error);
  }

  /** What listens in its guest, and which ports of the host lead there. ERR_GUEST_TIMEOUT. */
  ports(options?: CallOptions): Promise<VmPorts> {
    return this.rpc.call("vm.ports", { ref: this.ref }, options);
  }

  /** Boots it, and waits for its guest. Running already is a success. ERR_PREFLIGHT and others as `vm.start` has them. */
  start(options?: WorkOptions): Promise<void> {
    return this.#work("vm.start", {}, options);
  }

  /** Asks the guest to shut down, waits `timeoutMs`, then ends its VMM. */
  stop({ timeoutMs, ...options }: WorkOptions & { timeoutMs?: number } = {}): Promise<void> {
    return this.#work("vm.stop", timeoutMs === undefined ? {} : { timeoutMs }, options);
  }

  /** {@link stop}, then {@link start}. */
  restart({ timeoutMs, ...options }: WorkOptions & { timeoutMs?: number } = {}): Promise<void> {
    return this.#work("vm.restart", timeoutMs === undefined ? {} : { timeoutMs }, options);
  }

  /** Ends its VMM at once, as if its power had gone. */
  kill(options?: WorkOptions): Promise<void> {
    return this.#work("vm.kill", {}, options);
  }

  /** Changes what it has; ERR_USAGE for what cannot be. What it runs with follows at its next start. */
  set(change: Omit<MethodParams<"vm.set">, "refs">, options?: WorkOptions): Promise<void> {
    return this.#work("vm.set", change, options);
  }

  /** Deletes it, running or not, and waits until nothing is left of it. Gone already is a success, and so no ERR_VM_NOT_FOUND. */
  delete(): Promise<void> {
    return deleteVm(this.rpc, this.ref);
  }

  /**
   * Runs a command to its end; empty `argv` is the user's login shell. A status that is not 0 is no error. Rejects with ERR_EXEC_NOT_FOUND
   * and other ERR_EXEC_* codes when it could not start, ERR_EXEC_OUTPUT, ERR_EXEC_LOST, ERR_VM_NOT_RUNNING, and the signal's reason.
   */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const { env = {}, cwd = null, user = null, signal } = options;
    try {
      const session = new ExecSession(await this.#open(options));
      return await runToEnd(session, { argv, env, cwd, user }, options);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }

  /**
   * Starts a command whose streams are the caller's: read both outputs. With `tty`, stdout is the terminal. Rejects as {@link Vm.exec}
   * does; why a command could not start is what the session's `started` and `exit` reject with.
   */
  async session(spec: ExecSpec, options: Pick<ExecOptions, "wait" | "signal"> = {}): Promise<ExecSession> {
    const session = new ExecSession(await this.#open(options));
    session.start(spec);
    return session;
  }

  /** The guest's console: what is there (or its last lines), and with `follow` what comes, until the VM is deleted. ERR_VM_NOT_FOUND. */
  logs(options: CallOptions & { follow?: boolean; tailLines?: number } = {}): Promise<Readable> {
    return this.rpc.logs(this.ref, options);
  }

  #open({ wait, signal }: Pick<ExecOptions, "wait" | "signal">): Promise<Duplex> {
    return this.rpc.exec(this.ref, {
      ...(wait === undefined ? {} : { wait }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async #work<M extends Work>(
    method: M,
    params: Omit<MethodParams<M>, "refs">,
    options: WorkOptions = {},
  ): Promise<void> {
    const whole = { refs: [this.ref], ...params } as MethodParams<M>;
    const begin = () => this.rpc.call(method, whole) as Promise<OperationStarted>;
    throwBulkError(await operate<BulkResult>(this.rpc, begin, options));
  }

  #missing(error: Parameters<typeof fromErrorBody>[0] | null | undefined): never {
    if (error) throw fromErrorBody(error);
    throw new BangerError("ERR_VM_NOT_FOUND", `the daemon says nothing of "${this.ref}"`);
  }
}

/** A VM that was made here: at the end of an `await using` block it is deleted. */
export class CreatedVm extends Vm implements AsyncDisposable {
  readonly info: VmCreated;

  constructor(rpc: RpcClient, info: VmCreated) {
    super(rpc, info.id);
    this.info = info;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.delete();
  }
}
