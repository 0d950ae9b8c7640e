import { setTimeout as sleep } from "node:timers/promises";
import { HostError } from "../host-error.ts";
import type { HostOps } from "../host-ops.ts";

type Room = Exclude<keyof HostOps, "close">;
/** `tap.create`, `process.spawn`, ...: the name of any call of HostOps. */
export type OperationName = { [R in Room]: `${R}.${Extract<keyof HostOps[R], string>}` }[Room];

export interface Fault {
  /** `ENOSPC`; decides the error's code as for a real one. */
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

/** Which operations fail, how often, and how long each takes. */
export class Faults {
  readonly #armed: Armed[] = [];
  readonly #calls: { operation: OperationName; object: string }[] = [];
  #latencyMs = 0;

  /** The next `times` calls of `operation` (after `after` that pass) reject; nothing of them happens. */
  fail(operation: OperationName, fault: Fault): void {
    this.#armed.push({ operation, fault, passes: fault.after ?? 0, left: fault.times ?? 1 });
  }

  /** Every operation takes that long. */
  delay(milliseconds: number): void {
    this.#latencyMs = milliseconds;
  }

  /** Nothing fails any more. */
  clear(): void {
    this.#armed.length = 0;
    this.#latencyMs = 0;
  }

  /** All calls so far, in order, failed ones too. */
  get calls(): readonly { operation: OperationName; object: string }[] {
    return this.#calls;
  }

  /** What each operation of the fake begins with. */
  async gate(operation: OperationName, object: string): Promise<void> {
    this.#calls.push({ operation, object });
    const armed = this.#armed.find((candidate) => candidate.operation === operation && candidate.left > 0);
    if (this.#latencyMs > 0) await sleep(this.#latencyMs);
    if (armed === undefined) return;
    if (armed.passes > 0) {
      armed.passes -= 1;
      return;
    }
    armed.left -= 1;
    const { errnoCode, syscall = operation } = armed.fault;
    throw new HostError({ errnoCode, syscall, object, detail: "a fault of the fake" });
  }
}
