import type net from "node:net";
import { BangerError } from "../../../shared/errors.ts";
import { LineSplitter, parseQmpLine, protocolError, type QmpMessage } from "./codec.ts";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** One QMP session over a connected socket. Replies are checked with zod (VMM-3); a message that is not QMP ends the session. */
export class QmpClient {
  readonly #socket: net.Socket;
  readonly #lines = new LineSplitter();
  readonly #waiting = new Map<number, Waiting>();
  readonly #greeting = Promise.withResolvers<string>();
  #nextId = 1;
  #failure: unknown = null;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#greeting.promise.catch(() => undefined);
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(new BangerError("ERR_QMP_CLOSED", "QEMU closed its control socket")));
  }

  /** QEMU's version. It comes from a thread of the monitor's own and says nothing of the machine. */
  greeting(): Promise<string> {
    return this.#greeting.promise;
  }

  /**
   * Leaves the negotiation mode that every session begins in. The answer is the main loop's: by then the machine is complete and its
   * vCPUs run.
   */
  async negotiate(): Promise<void> {
    await this.greeting();
    await this.execute("qmp_capabilities");
  }

  /** ERR_QMP_COMMAND (details: command, class) when QEMU refuses; ERR_QMP_CLOSED, ERR_QMP_PROTOCOL. */
  execute(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    const reply = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, {
        resolve,
        reject: (error) => reject(error instanceof QmpRefusal ? error.of(command) : error),
      });
    });
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    return reply;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    try {
      for (const line of this.#lines.push(bytes)) this.#dispatch(parseQmpLine(line));
    } catch (error) {
      this.#end(error);
    }
  }

  #dispatch(message: QmpMessage): void {
    if (message.kind === "event") return;
    if (message.kind === "greeting") {
      this.#greeting.resolve(message.version);
      return;
    }
    const waiting = message.id === null ? undefined : this.#waiting.get(message.id);
    if (message.id === null || waiting === undefined) throw protocolError("a reply that nobody asked for");
    this.#waiting.delete(message.id);
    if (message.kind === "return") waiting.resolve(message.value);
    else waiting.reject(new QmpRefusal(message.class, message.description));
  }

  #end(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#greeting.reject(error);
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    this.#socket.destroy();
  }
}

class QmpRefusal {
  readonly #class: string;
  readonly #description: string;

  constructor(errorClass: string, description: string) {
    this.#class = errorClass;
    this.#description = description;
  }

  of(command: string): BangerError {
    return new BangerError("ERR_QMP_COMMAND", `QEMU refused ${command}: ${this.#description}`, {
      details: { command, class: this.#class },
    });
  }
}
