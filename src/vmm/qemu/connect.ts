import { watch } from "node:fs";
import net from "node:net";
import path from "node:path";
import { errorCode } from "../../shared/errors.ts";

/** A socket that is bound already listens within this time, in milliseconds; also the fallback where inotify is exhausted. */
const RETRY_MS = 1;
const FALLBACK_MS = 20;

/** One attempt. Rejects with Node's system error. */
export function connectOnce(address: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(address);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      // A VMM may die before the caller listens; without a listener that would end the daemon. `close` still tells.
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}

/** Connects as soon as the server listens; the socket's birth is seen by inotify, not by polling. Rejects with the signal's reason. */
export async function connectWhenThere(address: string, signal: AbortSignal): Promise<net.Socket> {
  const change = new Changes(path.dirname(address));
  try {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await connectOnce(address);
      } catch (error) {
        const code = errorCode(error);
        if (code === "ENOENT") await change.next(FALLBACK_MS, signal);
        else if (code === "ECONNREFUSED" || code === "EAGAIN") await change.next(RETRY_MS, signal);
        else throw error;
      }
    }
  } finally {
    change.close();
  }
}

/** What happens in one directory. Started before the first look, so that nothing falls between look and wait. */
class Changes {
  #seen = false;
  #wake: () => void = () => undefined;
  readonly #watcher;

  constructor(directory: string) {
    this.#watcher = watchOrNull(directory, () => {
      this.#seen = true;
      this.#wake();
    });
  }

  async next(fallbackMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#seen) {
      const woken = Promise.withResolvers<void>();
      this.#wake = woken.resolve;
      const timer = setTimeout(woken.resolve, fallbackMs);
      signal.addEventListener("abort", this.#wake, { once: true });
      await woken.promise;
      signal.removeEventListener("abort", this.#wake);
      clearTimeout(timer);
    }
    this.#seen = false;
  }

  close(): void {
    this.#watcher?.close();
  }
}

/** Null where the user's inotify instances are used up: then only the fallback's timer wakes. */
function watchOrNull(directory: string, onChange: () => void) {
  try {
    return watch(directory, { persistent: false }, onChange).on("error", () => undefined);
  } catch {
    return null;
  }
}
