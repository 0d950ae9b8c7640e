import { errorMessage } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import type { Query } from "./query.ts";
import { isTruncated, truncated } from "./reply.ts";
import type { NameServer } from "./resolv-conf.ts";
import type { Asker } from "./responder.ts";
import { askByTcp, askByUdp } from "./upstream.ts";
import { speaksOfOurZone } from "./upstream-reply.ts";

/** Milliseconds for each resolver. A guest's C library waits five seconds for all of it. */
const TIMEOUT_MS = 2_000;
/** Questions under way at once: each has a socket. One guest alone does not take them all. */
const IN_FLIGHT_MAX = 256;
const IN_FLIGHT_PER_SOURCE = 64;

export interface ForwarderOptions {
  readonly servers: () => Promise<readonly NameServer[]>;
  readonly logger: Logger;
  /** Milliseconds instead of TIMEOUT_MS, and counts instead of IN_FLIGHT_*, for tests. */
  readonly timeoutMs?: number;
  readonly inFlight?: { readonly total: number; readonly perSource: number };
}

/**
 * Passes a guest's question on to what the host asks, as it is, and the reply back, as it is, once it was checked: what EDNS and DNSSEC say
 * in it is between the guest and the resolver. What came by TCP is asked by TCP, so that truncation works through us (RFC 5625).
 */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #asking = new Set<AbortController>();
  #closed = false;
  readonly #bySource = new Map<string, number>();
  #inFlight = 0;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /** Null: no resolver has answered, or there is too much under way. Never rejects. */
  async forward(query: Query, { address, transport }: Asker): Promise<Buffer | null> {
    const { total, perSource } = this.#options.inFlight ?? {
      total: IN_FLIGHT_MAX,
      perSource: IN_FLIGHT_PER_SOURCE,
    };
    const mine = this.#bySource.get(address) ?? 0;
    if (this.#inFlight >= total || mine >= perSource || this.#closed) return null;
    this.#inFlight += 1;
    this.#bySource.set(address, mine + 1);
    try {
      return await this.#askAll(query, transport);
    } finally {
      this.#inFlight -= 1;
      const left = (this.#bySource.get(address) ?? 1) - 1;
      if (left === 0) this.#bySource.delete(address);
      else this.#bySource.set(address, left);
    }
  }

  /** What is under way is given up. */
  close(): void {
    this.#closed = true;
    for (const each of this.#asking) each.abort(new Error("the DNS server closes"));
  }

  async #askAll(query: Query, transport: Asker["transport"]): Promise<Buffer | null> {
    const { servers, logger } = this.#options;
    for (const server of await servers()) {
      if (this.#closed) return null;
      try {
        const reply = await this.#ask(server, query, transport);
        reply.writeUInt16BE(query.id, 0);
        // It may end in the midst of a record, and is asked again by TCP anyway.
        if (isTruncated(reply)) return truncated(reply, query);
        if (!speaksOfOurZone(reply, query.questionEnd)) return reply;
        logger.debug(
          { server: server.address },
          "DNS: a reply was dropped: it speaks of our zone, or cannot be read",
        );
        return null;
      } catch (error) {
        logger.debug({ server: server.address }, `DNS: a resolver did not answer: ${errorMessage(error)}`);
      }
    }
    return null;
  }

  async #ask(server: NameServer, query: Query, transport: Asker["transport"]): Promise<Buffer> {
    const controller = new AbortController();
    const late = () => controller.abort(new Error("no reply in time"));
    const timer = setTimeout(late, this.#options.timeoutMs ?? TIMEOUT_MS);
    this.#asking.add(controller);
    try {
      return await (transport === "udp" ? askByUdp : askByTcp)(server, query, controller.signal);
    } finally {
      clearTimeout(timer);
      this.#asking.delete(controller);
    }
  }
}
