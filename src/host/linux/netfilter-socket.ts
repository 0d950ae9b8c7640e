import { HostError, hasErrno } from "../host-error.ts";
import { host } from "../native-error.ts";
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
  /** The error of a kernel that does not have it. */
  missing(errnoCode: string, syscall: string, cause?: unknown): HostError;
}

/** The socket that carries one subsystem's messages, one exchange at a time. */
export class NetfilterSocket {
  readonly #addon: Addon;
  readonly #life: NetfilterSocketLife;
  readonly #subject: NetfilterSubject;
  readonly #turns = new Turns(1);
  #socket: NativeNetfilterSocket | null = null;
  #closed = false;

  constructor(addon: Addon, life: NetfilterSocketLife, subject: NetfilterSubject) {
    this.#addon = addon;
    this.#life = life;
    this.#subject = subject;
  }

  /** ENOENT means that the network namespace is gone; ECANCELED, that {@link close} came before. */
  exchange<T>(run: (socket: NativeNetfilterSocket) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      if (this.#closed) {
        throw new HostError({
          errnoCode: "ECANCELED",
          syscall: "netlink(NETLINK_NETFILTER)",
          object: this.#subject.object,
          detail: "HostOps was closed",
        });
      }
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
