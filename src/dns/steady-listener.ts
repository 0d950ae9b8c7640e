import type { DnsListenerState } from "../domain/dns.ts";
import { errorCode, errorMessage } from "../shared/errors.ts";
import { DnsListener, type ListenerOptions } from "./listener.ts";

/** Milliseconds between attempts. The port is in the range from which the kernel gives ports to clients: who has it, may soon be gone. */
const RETRY_MS = 5_000;

export interface SteadyListenerOptions extends ListenerOptions {
  /** Milliseconds instead of RETRY_MS, for tests. */
  readonly retryMs?: number;
  readonly onOpen?: (at: { readonly address: string; readonly port: number }) => void;
}

/** A listener that is opened again and again until it is open. What cannot be opened is a warning in the log, and none of its caller's trouble. */
export class SteadyListener {
  readonly #options: SteadyListenerOptions;
  #listener: DnsListener | null = null;
  #opening: Promise<void> | null = null;
  #problem: string | null = null;
  #retry: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: SteadyListenerOptions) {
    this.#options = options;
  }

  /** Resolves when it is open, or has failed for the first time. Never rejects. */
  async open(): Promise<void> {
    if (this.#listener !== null || this.#isClosed) return;
    this.#opening ??= this.#attempt().finally(() => {
      this.#opening = null;
    });
    await this.#opening;
  }

  get state(): DnsListenerState {
    const { address, port } = this.#options;
    const problem = this.#listener === null ? (this.#problem ?? "it is not open yet") : null;
    return { at: this.#listener?.at ?? `${address}:${port}`, problem };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#opening;
    await this.#listener?.close();
    this.#listener = null;
  }

  async #attempt(): Promise<void> {
    const { address, port, logger, retryMs = RETRY_MS } = this.#options;
    try {
      const listener = await DnsListener.open(this.#options);
      if (this.#isClosed) return void (await listener.close());
      this.#listener = listener;
      this.#problem = null;
      logger.info({ address, port: listener.port }, "DNS: listening");
      this.#options.onOpen?.(listener);
    } catch (err) {
      const problem = describeListenError(err);
      if (problem !== this.#problem) {
        this.#problem = problem;
        logger.warn({ address, port, err }, `DNS: ${address}:${port} cannot be served: ${problem}`);
      }
      if (this.#isClosed) return;
      this.#retry = setTimeout(() => void this.open(), retryMs);
      this.#retry.unref();
    }
  }
}

/** Why an address cannot be served, for a person. */
export function describeListenError(error: unknown): string {
  const code = errorCode(error);
  if (code === "EADDRINUSE") return "another program has the port";
  if (code === "EADDRNOTAVAIL") return "this host does not have the address";
  if (code === "EACCES") return "it may not be opened";
  return errorMessage(error);
}
