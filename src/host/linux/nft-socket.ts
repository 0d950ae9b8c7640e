import { HostError, hasErrno } from "../host-error.ts";
import { host } from "../native-error.ts";
import { noTables } from "../shared/nft/failure.ts";
import type { Addon, NativeNetfilterSocket } from "./addon.ts";
import { Turns } from "./turns.ts";

const OBJECT = "nf_tables";

/** How long a socket of nf_tables stays open. */
export type NftSocketLife =
  /** From call to call: after deletions, closing one waits for the kernel. */
  | "kept"
  /** For one exchange: an open one would keep its network namespace, and all links in it, from going when its name is deleted. */
  | "each";

/** The socket that carries nf_tables' messages, one exchange at a time. */
export class NftSocket {
  readonly #addon: Addon;
  readonly #life: NftSocketLife;
  readonly #turns = new Turns(1);
  #socket: NativeNetfilterSocket | null = null;
  #closed = false;

  constructor(addon: Addon, life: NftSocketLife) {
    this.#addon = addon;
    this.#life = life;
  }

  /** ENOENT means that the network namespace is gone; ECANCELED, that {@link close} came before. */
  exchange<T>(run: (socket: NativeNetfilterSocket) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      if (this.#closed) {
        throw new HostError({
          errnoCode: "ECANCELED",
          syscall: "nft",
          object: OBJECT,
          detail: "HostOps was closed",
        });
      }
      const socket = this.#socket ?? (await this.#open());
      let good = false;
      try {
        const result = await host(OBJECT, () => run(socket));
        good = true;
        return result;
      } finally {
        // What an exchange that failed has left in a socket is no answer to the next.
        this.#socket = good && this.#life === "kept" ? socket : null;
        if (this.#socket === null) await socket.close();
      }
    });
  }

  async #open(): Promise<NativeNetfilterSocket> {
    try {
      return await host(OBJECT, () => this.#addon.netfilterOpen());
    } catch (error) {
      if (hasErrno(error, "EPROTONOSUPPORT", "EAFNOSUPPORT"))
        throw noTables(error.errnoCode, error.syscall, error);
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
