import { setTimeout as sleep } from "node:timers/promises";
import { HostError } from "../host-error.ts";
import type { HostOps } from "../host-ops.ts";

type Room = Exclude<keyof HostOps, "close">;
/** `tap.create`, `process.spawn`, ...: the name of any call of HostOps. A synchronous twin has the name of its asynchronous one. */
export type OperationName = { [R in Room]: `${R}.${Extract<keyof HostOps[R], string>}` }[Room];

/** How an operation fails: with a HostError whose `code` follows from the errno as a real one's does. */
export interface Fault {
  /** `ENOSPC` */
  errnoCode: string;
  /** How many calls fail; 1 unless given. */
  times?: number;
  /** How many calls pass before; 0 unless given. */
  after?: number;
  /** The step that fails: the operation's name unless given. */
  syscall?: string;
}

interface Armed {
  readonly operation: OperationName;
  readonly fault: Fault;
  passes: number;
  left: number;
}

/**
 * Which operations of the fake fail, how often, and how long each takes; and a record of all calls.
 *
 * @example
 * ```ts
 * const fake = openFakeHostOps();
 * fake.faults.fail("tap.create", { errnoCode: "EBUSY", after: 2, times: 3 }); // the 3rd, 4th and 5th
 * fake.faults.delay(20, "clone.copy");
 * ```
 */
export class Faults {
  readonly #armed: Armed[] = [];
  readonly #calls: { operation: OperationName; object: string }[] = [];
  readonly #latencyMs = new Map<OperationName, number>();
  #everyMs = 0;

  /** The next `times` calls of `operation` (after `after` that pass) reject; nothing of them happens. */
  fail(operation: OperationName, fault: Fault): void {
    this.#armed.push({ operation, fault, passes: fault.after ?? 0, left: fault.times ?? 1 });
  }

  /** Every operation takes that long from now on, or only the one that is named; 0 takes it back. A synchronous twin takes none. */
  delay(milliseconds: number, operation?: OperationName): void {
    if (operation === undefined) this.#everyMs = milliseconds;
    else this.#latencyMs.set(operation, milliseconds);
  }

  /** Nothing fails and nothing takes time any more. */
  clear(): void {
    this.#armed.length = 0;
    this.#everyMs = 0;
    this.#latencyMs.clear();
  }

  /** All calls so far, in order, failed ones too. */
  get calls(): readonly { operation: OperationName; object: string }[] {
    return this.#calls;
  }

  /** What each operation of the fake begins with; rejects with the `ERR_HOST_…` code of the fault that is armed. */
  async gate(operation: OperationName, object: string): Promise<void> {
    // Decided before the wait: of calls side by side exactly as many fail as were asked for, in the order in which they came.
    const failure = this.#begin(operation, object);
    const latencyMs = this.#latencyMs.get(operation) ?? this.#everyMs;
    if (latencyMs > 0) await sleep(latencyMs);
    if (failure !== null) throw failure;
  }

  /** What its synchronous twin begins with: it fails likewise, and takes no time. */
  gateSync(operation: OperationName, object: string): void {
    const failure = this.#begin(operation, object);
    if (failure !== null) throw failure;
  }

  #begin(operation: OperationName, object: string): HostError | null {
    this.#calls.push({ operation, object });
    const fault = this.#take(operation);
    if (fault === null) return null;
    const { errnoCode, syscall = operation } = fault;
    return new HostError({ errnoCode, syscall, object, detail: "a fault of the fake" });
  }

  /** The fault of this call, if it is to have one. */
  #take(operation: OperationName): Fault | null {
    const armed = this.#armed.find((candidate) => candidate.operation === operation && candidate.left > 0);
    if (armed === undefined) return null;
    if (armed.passes > 0) {
      armed.passes -= 1;
      return null;
    }
    armed.left -= 1;
    return armed.fault;
  }
}
