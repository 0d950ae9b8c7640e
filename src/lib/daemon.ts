import type { OperationEvent } from "../domain/operation.ts";
import type { CallOptions, RpcClient } from "../rpc/client.ts";
import type {
  MethodName,
  MethodParams,
  MethodResults,
  VmCreated,
  VmCreateParams,
  VmSummary,
} from "../rpc/contract.ts";
import { deleteVm } from "../rpc/operations.ts";
import type { ExecOptions, ExecResult } from "./exec.ts";
import { operate, type WorkOptions } from "./operate.ts";
import { CreatedVm, Vm } from "./vm.ts";

/** The daemon, by one connection that serves any number of calls and streams. What the daemon refuses is thrown with its code. */
export class Daemon implements AsyncDisposable {
  /** The contract itself, and its streams. */
  readonly rpc: RpcClient;

  constructor(rpc: RpcClient) {
    this.rpc = rpc;
  }

  /** One call of the contract, for what has no method here. Rejects with the daemon's code, ERR_DAEMON_LOST, ERR_BUILD_MISMATCH. */
  call<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    options?: CallOptions,
  ): Promise<MethodResults[M]> {
    return this.rpc.call(method, params, options);
  }

  /** The events of an operation from its first on. ERR_OPERATION_NOT_FOUND, ERR_DAEMON_LOST. */
  watch(operationId: string, options?: CallOptions): AsyncGenerator<OperationEvent> {
    return this.rpc.watch(operationId, options);
  }

  /** The VMs that run; with `all` the others too. ERR_DAEMON_LOST. */
  async list(options: MethodParams<"vm.list"> = {}): Promise<VmSummary[]> {
    return (await this.rpc.call("vm.list", options)).vms;
  }

  /** A VM that is there, by its id, name, or a unique begin of either; nothing is asked yet. */
  vm(ref: string): Vm {
    return new Vm(this.rpc, ref);
  }

  /**
   * Makes a VM and boots it, pulling its image where need be. Rejects with ERR_NAME_TAKEN, ERR_PREFLIGHT and others as `vm.create` has them;
   * with the signal's reason when nothing is left of it.
   */
  async create(params: VmCreateParams = {}, options: WorkOptions = {}): Promise<CreatedVm> {
    const begin = () => this.rpc.call("vm.create", params);
    const made = await operate<VmCreated>(this.rpc, begin, options, ({ id }) => deleteVm(this.rpc, id));
    return new CreatedVm(this.rpc, made);
  }

  /**
   * Makes a VM, runs one command in it, and deletes it, however the command ended; should this process end, the daemon deletes it.
   * Rejects as {@link Daemon.create} and {@link Vm.exec} do.
   */
  async run(argv: readonly string[], options: RunOptions = {}): Promise<ExecResult> {
    const { vm: params = {}, onEvent, ...exec } = options;
    const vm = await this.create({ ...params, autoRemove: true }, { signal: exec.signal, onEvent });
    const result = await vm.exec(argv, exec).catch(async (error: unknown) => {
      // The command's own failure says more; and what cannot be deleted now, the daemon deletes when this connection ends.
      await vm.delete().catch(() => undefined);
      throw error;
    });
    await vm.delete();
    return result;
  }

  /** Resolves when the connection has ended, however. */
  get closed(): Promise<void> {
    return this.rpc.closed;
  }

  /** Ends the connection; what is open on it is hung up. Does not reject. */
  close(): Promise<void> {
    return this.rpc.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The VM to make, how the command is run in it, and who watches. */
export interface RunOptions extends ExecOptions, Pick<WorkOptions, "onEvent"> {
  readonly vm?: VmCreateParams;
}
