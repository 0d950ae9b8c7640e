import { closedError } from "../closed.ts";
import { HostError, hasErrno } from "../host-error.ts";
import { host } from "../native-error.ts";
import { Malformed } from "../shared/nft/attributes.ts";
import { type Message, messagesOf } from "../shared/nft/message.ts";
import { type Ack, decodeAck } from "../shared/nft/reply.ts";
import type { Addon, NativeNetfilterSocket } from "./addon.ts";
import { Turns } from "./turns.ts";

/** How long a socket of NETLINK_NETFILTER stays open. */
export type NetfilterSocketLife =
  /** From call to call: after nf_tables' deletions, closing one waits for the kernel. */
  | "kept"
  /** For one exchange: an open one would keep its network namespace, and all links in it, from going when its name is deleted. */
  | "each";

/** What goes over a socket, as errors say it. */
export interface NetfilterSubject {
  /** `nf_tables` */
  readonly object: string;
  /** What a kernel may have or not have, for a person. */
  readonly name: string;
  /** What it means that it has it. */
  readonly works: string;
  /** The error of a kernel that does not have it. */
  missing(errnoCode: string, syscall: string, cause?: unknown): HostError;
}

/** What the kernel said to one request. */
export interface Answer {
  readonly messages: readonly Message[];
  readonly end: Ack;
}

/** The socket that carries one subsystem's messages, one exchange at a time. */
export class NetfilterSocket {
  readonly #addon: Addon;
  readonly #life: NetfilterSocketLife;
  readonly #subject: NetfilterSubject;
  readonly #turns = new Turns(1);
  #socket: NativeNetfilterSocket | null = null;
  #sequence = 1;
  #closed = false;

  constructor(addon: Addon, life: NetfilterSocketLife, subject: NetfilterSubject) {
    this.#addon = addon;
    this.#life = life;
    this.#subject = subject;
  }

  /** Whether `ask` has an answer: of a kernel that has the subsystem, from one who may use it. */
  async available(ask: () => Promise<unknown>): Promise<{ ok: boolean; reason: string }> {
    const { name, works } = this.#subject;
    try {
      await ask();
      return { ok: true, reason: works };
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (error.code === "ERR_HOST_UNSUPPORTED") return { ok: false, reason: `this kernel has no ${name}` };
      if (error.code === "ERR_HOST_PERMISSION") return { ok: false, reason: `${name} needs CAP_NET_ADMIN` };
      throw error;
    }
  }

  /** The first of so many numbers for messages, which their answers repeat. */
  next(count: number): number {
    const first = this.#sequence;
    this.#sequence = (first + count) % 2 ** 31;
    return first;
  }

  /** The messages that answer one request, and the last of them, which says how it went. EBADMSG where that is missing. */
  async ask(syscall: string, request: (sequence: number) => Uint8Array): Promise<Answer> {
    const sequence = this.next(1);
    const replies = await this.exchange((socket) => socket.dump(request(sequence)));
    const messages = messagesOf(replies).filter((message) => message.sequence === sequence);
    const end = messages.map(decodeAck).find((ack) => ack !== null);
    // A message that is malformed ends the walk: what came before it is no whole answer.
    if (end === undefined) throw this.unreadable(syscall, "a listing without an end");
    return { messages, end };
  }

  /** What these messages say. EBADMSG for what we cannot read: a kernel newer than us may say it. */
  decoded<T>(syscall: string, decode: () => T): T {
    try {
      return decode();
    } catch (cause) {
      if (!(cause instanceof Malformed)) throw cause;
      throw this.unreadable(syscall, cause.message, cause);
    }
  }

  /** The error of an answer that is none. */
  unreadable(syscall: string, detail: string, cause?: unknown): HostError {
    const facts = { errnoCode: "EBADMSG", syscall, object: this.#subject.object, detail };
    return new HostError({ ...facts, ...(cause === undefined ? {} : { cause }) });
  }

  /** ENOENT means that the network namespace is gone; ECANCELED, that {@link close} came before. */
  async exchange<T>(run: (socket: NativeNetfilterSocket) => Promise<T>): Promise<T> {
    if (this.#closed) throw closedError("netlink(NETLINK_NETFILTER)", this.#subject.object);
    return this.#turns.run(async () => {
      const socket = this.#socket ?? (await this.#open());
      let good = false;
      try {
        const result = await host(this.#subject.object, () =>
          run(socket).catch((error) => this.#renamed(error)),
        );
        good = true;
        return result;
      } finally {
        // What an exchange that failed has left in a socket is no answer to the next.
        this.#socket = good && this.#life === "kept" ? socket : null;
        if (this.#socket === null) await socket.close();
      }
    });
  }

  /** One class of the addon carries all of nfnetlink, and names them alike. */
  #renamed(error: unknown): never {
    if (error instanceof Error && "object" in error && !(error instanceof HostError))
      error.object = this.#subject.object;
    throw error;
  }

  async #open(): Promise<NativeNetfilterSocket> {
    try {
      return await host(this.#subject.object, () => this.#addon.netfilterOpen());
    } catch (error) {
      if (hasErrno(error, "EPROTONOSUPPORT", "EAFNOSUPPORT"))
        throw this.#subject.missing(error.errnoCode, error.syscall, error);
      throw error;
    }
  }

  /** Those who come after it are refused; those who came before have their turn. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#turns.run(async () => {
      await this.#socket?.close();
      this.#socket = null;
    });
  }
}
