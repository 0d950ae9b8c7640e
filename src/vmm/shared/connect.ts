import {
  closeSync,
  constants,
  type FSWatcher,
  fstatSync,
  openSync,
  type Stats,
  statSync,
  watch,
} from "node:fs";
import net from "node:net";
import path from "node:path";
import { BangerError, errorCode } from "../../shared/errors.ts";

/** A socket that is bound already listens within this time, in milliseconds. */
const RETRY_MS = 1;
/** Where inotify is exhausted, in milliseconds. */
const POLL_MS = 20;
/** Where it is not, it tells; a look all the same now and then. */
const DOUBT_MS = 500;
/** O_PATH, which node:fs does not name; the same number on x86-64 and arm64. */
const O_PATH = 0o10000000;

/**
 * One attempt. The address lies in a directory that a VMM may write, so what is there is looked at first: a socket of the directory's
 * owner, and exactly that one is connected to, whatever the VMM puts in its place. Rejects with Node's system error; ERR_VMM_SOCKET.
 */
export async function connectOnce(address: string): Promise<net.Socket> {
  return withOwn(
    address,
    (found) => found.isSocket(),
    (place) => connect(place),
  );
}

/**
 * Calls `use` with a path to exactly what a VMM made in its own directory, once that was looked at. ERR_VMM_SOCKET when it is of another
 * kind, or somebody else's. `owner` is the user id that it must have where that is not its directory's.
 */
export async function withOwn<T>(
  address: string,
  isRight: (found: Stats) => boolean,
  use: (place: string) => Promise<T>,
  owner?: number,
): Promise<T> {
  // Entries of a directory in memory: a VMM whose first reader this is waits for it, and each turn of the thread pool is longer.
  const fd = openSync(address, O_PATH | constants.O_NOFOLLOW);
  try {
    const found = fstatSync(fd);
    if (isRight(found) && found.uid === (owner ?? statSync(path.dirname(address)).uid))
      return await use(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
  throw new BangerError("ERR_VMM_SOCKET", `${address} is not what the VMM was to make there`, {
    next: "stop the VM and start it again; something in it may have taken the VMM over",
  });
}

function connect(address: string): Promise<net.Socket> {
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
        if (code === "ENOENT") await change.next(change.isTold ? DOUBT_MS : POLL_MS, signal);
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
  #failed = false;
  readonly #watcher: FSWatcher | null;

  constructor(directory: string) {
    this.#watcher = watchOrNull(directory, () => {
      this.#seen = true;
      this.#wake();
    });
    // It ends with that.
    this.#watcher?.on("error", () => {
      this.#failed = true;
    });
  }

  /** Whether a change wakes who waits for the next one, and not only time. */
  get isTold(): boolean {
    return this.#watcher !== null && !this.#failed;
  }

  async next(atMostMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#seen && !signal.aborted) {
      const woken = Promise.withResolvers<void>();
      this.#wake = woken.resolve;
      const timer = setTimeout(woken.resolve, atMostMs);
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
function watchOrNull(directory: string, onChange: () => void): FSWatcher | null {
  try {
    return watch(directory, { persistent: false }, onChange);
  } catch {
    return null;
  }
}
