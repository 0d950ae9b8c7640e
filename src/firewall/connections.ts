import type { ConntrackFilter, ConntrackOps } from "../host/host-ops.ts";
import { errorCode } from "../shared/errors.ts";
import { networkWithout } from "../shared/ipv4.ts";
import type { Logger } from "../shared/logger.ts";
import type { GuestNetwork, Member, Taken } from "./member.ts";
import { RESERVED_RANGES } from "./reserved.ts";

export interface ConnectionsOptions {
  readonly conntrack: Pick<ConntrackOps, "delete">;
  readonly network: GuestNetwork;
  readonly logger: Logger;
}

/**
 * Connections of guests that the kernel still tracks. Rules judge each packet that a guest sends, but answers to what it sent before come in by the
 * connection: to the guest that may no more, or to the next one at its address.
 */
export class Connections {
  readonly #conntrack: Pick<ConntrackOps, "delete">;
  readonly #logger: Logger;
  /** What `full` reaches and `public` does not. Other guests are peers in both. */
  readonly #reserved: readonly string[];
  #canForget = true;

  constructor({ conntrack, network, logger }: ConnectionsOptions) {
    this.#conntrack = conntrack;
    this.#logger = logger;
    this.#reserved = RESERVED_RANGES.flatMap((range) => networkWithout(range, network.cidr));
  }

  /** Of a guest that is gone, those that it began and those that led to it. ERR_HOST_* */
  forget(address: string): Promise<void> {
    return this.#delete({ originalSource: address }, { replySource: address });
  }

  /** Of a guest that was there before, those that it may no more. ERR_HOST_* */
  async cut(now: Member, { before, unpaired }: Taken): Promise<void> {
    if (before === null) return;
    if (before.address !== now.address || (now.access === "none" && before.access !== "none"))
      return this.forget(before.address);
    await this.#delete(
      ...unpaired.map(([a, b]) => ({ originalSource: a, replySource: b })),
      ...(before.access === "full" && now.access === "public"
        ? [{ originalSource: now.address, originalDestination: this.#reserved }]
        : []),
    );
  }

  async #delete(...filters: readonly ConntrackFilter[]): Promise<void> {
    try {
      for (const filter of filters) await this.#conntrack.delete(filter);
    } catch (error) {
      if (errorCode(error) !== "ERR_HOST_UNSUPPORTED") throw error;
      if (this.#canForget)
        this.#logger.warn(
          { err: error },
          "connections of guests that are gone stay until they end by themselves",
        );
      this.#canForget = false;
    }
  }
}
