import type { Capability, CapabilityUsage, CapabilityVm, EndedVm } from "../../domain/capability.ts";
import type { Problem } from "../../domain/ports.ts";
import type { VmSpec } from "../../domain/vm.ts";
import { errorMessage } from "../../shared/errors.ts";
import type { Logger } from "../../shared/logger.ts";
import { settleAll } from "../../shared/settle-all.ts";
import type { UndoScope } from "../../shared/undo.ts";

/**
 * Calls the hooks of all capabilities: what makes what a VM keeps, at once; what a start, or a create without one, makes, in their order
 * until one fails; what releases, in the reverse order and all of them.
 */
export class CapabilityHooks {
  readonly #capabilities: readonly Capability[];
  readonly #logger: Logger;

  constructor(capabilities: readonly Capability[], logger: Logger) {
    this.#capabilities = capabilities;
    this.#logger = logger;
  }

  /** All that is missing, of all of them. */
  async preflight(at: CapabilityVm | null, spec: VmSpec | null): Promise<Problem[]> {
    const found = await Promise.all(
      this.#capabilities.map(async (each) => (await each.preflight?.(at, spec)) ?? []),
    );
    return found.flat();
  }

  async isWhole(at: CapabilityVm): Promise<boolean> {
    const whole = await Promise.all(
      this.#capabilities.map(async (each) => (await each.isWhole?.(at)) ?? true),
    );
    return whole.every(Boolean);
  }

  async create(at: CapabilityVm, scope: UndoScope): Promise<void> {
    await settleAll(this.#capabilities.map(async (each) => each.create?.(at, scope)));
  }

  async beforeStart(at: CapabilityVm, scope: UndoScope): Promise<void> {
    for (const each of this.#capabilities) await each.beforeStart?.(at, scope);
  }

  async afterStart(at: CapabilityVm, scope: UndoScope): Promise<void> {
    for (const each of this.#capabilities) await each.afterStart?.(at, scope);
  }

  async afterCreateStopped(at: CapabilityVm): Promise<void> {
    for (const each of this.#capabilities) await each.afterCreateStopped?.(at);
  }

  /** Resolves with what is to be recorded. */
  async reconfigure(at: CapabilityVm, next: VmSpec, running: boolean, scope: UndoScope): Promise<VmSpec> {
    let definite = next;
    for (const each of this.#capabilities) {
      definite = (await each.reconfigure?.(at, definite, running, scope)) ?? definite;
    }
    return definite;
  }

  /** A VM that runs is not stopped because one of them fails: it is logged. */
  async adopt(at: CapabilityVm): Promise<void> {
    await this.#each(this.#capabilities, at.vm.id, "adopt", async (each) => each.adopt?.(at));
  }

  /** Resolves to whether all of them have let go. */
  afterStop(ended: EndedVm): Promise<boolean> {
    return this.#each(this.#capabilities.toReversed(), ended.vmId, "afterStop", async (each) =>
      each.afterStop?.(ended),
    );
  }

  delete(at: CapabilityVm): Promise<boolean> {
    return this.#each(this.#capabilities.toReversed(), at.vm.id, "delete", async (each) => each.delete?.(at));
  }

  async usage(at: CapabilityVm): Promise<CapabilityUsage[]> {
    const used = await Promise.all(this.#capabilities.map(async (each) => each.usage?.(at)));
    return used.filter((each) => each !== undefined);
  }

  async #each(
    capabilities: readonly Capability[],
    vmId: string,
    hook: string,
    call: (capability: Capability) => Promise<unknown>,
  ): Promise<boolean> {
    let whole = true;
    for (const each of capabilities) {
      try {
        await call(each);
      } catch (err) {
        whole = false;
        this.#logger.warn(
          { vm: vmId, capability: each.name, hook, err },
          `${each.name}: ${errorMessage(err)}`,
        );
      }
    }
    return whole;
  }
}
