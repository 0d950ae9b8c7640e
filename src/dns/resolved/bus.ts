import net from "node:net";
import { Unmarshal } from "./marshal.ts";
import { type Call, decodeMessage, encodeCall, type Message } from "./message.ts";

/** Milliseconds for one answer. */
const ANSWER_MS = 5_000;
const LINE_MAX_BYTES = 4096;
const BUS = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
};

interface Waiting {
  resolve(message: Message): void;
  reject(error: Error): void;
}

/** A connection to a message bus: method calls and their answers, nothing else. Written for the few that we need (ADR 17). */
export class Bus {
  readonly #socket: net.Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #line = Promise.withResolvers<string>();
  #isMessages = false;
  #pending: Buffer = Buffer.alloc(0);
  #serial = 0;

  private constructor(socketPath: string) {
    this.#line.promise.catch(() => undefined);
    this.#socket = net.connect(socketPath);
    this.#socket.on("error", (error) => this.#end(error));
    this.#socket.on("close", () => this.#end(new Error("the message bus closed the connection")));
    this.#socket.on("data", (chunk: Buffer) => {
      this.#pending = Buffer.concat([this.#pending, chunk]);
      try {
        this.#advance();
      } catch (error) {
        this.#socket.destroy(error as Error);
      }
    });
  }

  /** Says who we are, by what the kernel knows of our end (EXTERNAL), and hello. Rejects with the system's error where there is no bus. */
  static async open(socketPath: string, uid: number): Promise<Bus> {
    const bus = new Bus(socketPath);
    try {
      bus.#socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(uid)).toString("hex")}\r\n`);
      const answer = await bus.#inTime(bus.#line.promise);
      if (!answer.startsWith("OK ")) throw new Error("the message bus does not let us in");
      bus.#isMessages = true;
      bus.#socket.write("BEGIN\r\n");
      await bus.call({ ...BUS, member: "Hello", signature: "", write: () => undefined });
      return bus;
    } catch (error) {
      bus.close();
      throw error;
    }
  }

  /** Whether a program of that name is on the bus. */
  async hasOwner(name: string): Promise<boolean> {
    const { body } = await this.call({
      ...BUS,
      member: "NameHasOwner",
      signature: "s",
      write: (body) => body.string(name),
    });
    return new Unmarshal(body).uint32() !== 0;
  }

  /** Rejects with the answer's error, which is a name and mostly a sentence. */
  async call(call: Call): Promise<Message> {
    if (this.#socket.destroyed) throw new Error("the connection to the message bus has ended");
    this.#serial += 1;
    const serial = this.#serial;
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    this.#waiting.set(serial, { resolve, reject });
    this.#socket.write(encodeCall(call, serial));
    try {
      const answer = await this.#inTime(promise);
      if (answer.type === "error") throw new Error(sentence(answer));
      return answer;
    } finally {
      this.#waiting.delete(serial);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #advance(): void {
    if (!this.#isMessages) {
      const end = this.#pending.indexOf("\r\n");
      if (end === -1 && this.#pending.length > LINE_MAX_BYTES) throw new Error("this is no message bus");
      if (end === -1) return;
      this.#line.resolve(this.#pending.toString("latin1", 0, end));
      // The bus says nothing more before it has our BEGIN.
      this.#pending = this.#pending.subarray(end + 2);
      return;
    }
    for (;;) {
      const next = decodeMessage(this.#pending);
      if (next === null) return;
      this.#pending = this.#pending.subarray(next.length);
      if (next.message.type !== "other") this.#waiting.get(next.message.replySerial)?.resolve(next.message);
    }
  }

  #end(error: Error): void {
    this.#line.reject(error);
    for (const each of this.#waiting.values()) each.reject(error);
  }

  async #inTime<T>(answer: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error("the message bus does not answer")), ANSWER_MS);
    try {
      return await Promise.race([answer, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function sentence({ errorName, signature, body }: Message): string {
  if (!signature.startsWith("s")) return errorName;
  try {
    return `${errorName}: ${new Unmarshal(body).string()}`;
  } catch {
    return errorName;
  }
}
