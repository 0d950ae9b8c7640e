import { chmod, rm } from "node:fs/promises";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { withOwn } from "../shared/connect.ts";

/** Where Firecracker hands over what the guest connects to on the host. Nothing is read from it. */
export class Bell {
  readonly #server: net.Server;
  readonly #path: string;
  #rung = false;
  #wake: () => void = () => undefined;

  private constructor(path: string) {
    this.#path = path;
    this.#server = net.createServer((guest) => {
      guest.on("error", () => undefined);
      guest.destroy();
      this.#rung = true;
      this.#wake();
    });
    this.#server.on("error", () => undefined);
  }

  /** Never rejects: what the VMM put in its way costs the bell, and the guest is asked now and then instead. */
  static async hang(path: string): Promise<Bell> {
    const bell = new Bell(path);
    await takeAway(path);
    const listening = Promise.withResolvers<boolean>();
    bell.#server.once("error", () => listening.resolve(false));
    // Not `writableAll`: that follows what the VMM may meanwhile have put in the socket's place.
    bell.#server.listen({ path }, () => listening.resolve(true));
    if (await listening.promise) await letEveryoneRing(path).catch(() => bell.#server.close());
    return bell;
  }

  async rungWithin(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung) {
      const over = new AbortController();
      const rung = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const late = sleep(milliseconds, undefined, { signal: AbortSignal.any([signal, over.signal]) });
      await Promise.race([rung, late.catch(() => undefined)]);
      over.abort();
    }
    this.#rung = false;
  }

  async takeDown(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await takeAway(this.#path);
  }
}

/**
 * Lets the VMM's user connect to our socket in its directory, which nobody else enters. Exactly what was looked at is changed: a socket of
 * ours, whatever the VMM puts in its place. ERR_VMM_SOCKET, or Node's system error.
 */
export function letEveryoneRing(path: string): Promise<void> {
  return withOwn(
    path,
    (found) => found.isSocket(),
    (place) => chmod(place, 0o666),
    process.geteuid?.(),
  );
}

/** Not recursively: the VMM runs, and may exchange a directory for a link while we walk. */
async function takeAway(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}
