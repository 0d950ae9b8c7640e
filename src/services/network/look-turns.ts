import { readFile } from "node:fs/promises";
import type { RouteInfo } from "../../host/host-ops.ts";

/** Of all time, the share that looks at every link may take. */
const SHARE = 0.01;
/** However long they take: on a host that is busy, time is not what they cost. In milliseconds. */
const LONGEST_MS = 5_000;
/** After so many milliseconds a look is due though nothing shows that something changed. */
const OVERDUE_MS = 30_000;

/**
 * Routes and permanent neighbour entries of guests as one text: a link that is deleted or set down, and an address that is deleted, take their
 * routes along. Without the cost of a list, which grows with the guests: the kernel writes the text, and it is compared.
 * https://man7.org/linux/man-pages/man5/proc_pid_net.5.html
 */
export async function guestWays(): Promise<string> {
  const [routes, neighbours] = await Promise.all([
    readFile("/proc/net/route", "latin1"),
    readFile("/proc/net/arp", "latin1"),
  ]);
  return (
    routes +
    neighbours
      .split("\n")
      .filter((line) => /\sbgr\d+$/.test(line))
      .join("\n")
  );
}

/** Of one look at links. */
export interface Look {
  readonly routes: readonly RouteInfo[];
  readonly restored: string[];
  readonly lost: string[];
}

export interface LookTurnsOptions {
  /** What is another text when something has changed; rejects where that cannot be told. */
  readonly mark: () => Promise<string>;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/**
 * Whose turn it is: a look at every link, where something has changed since the last one or that was long ago. However many links there are and
 * however often they change, such looks take a hundredth of the time, or one is done in some seconds.
 */
export class LookTurns {
  readonly #options: LookTurnsOptions;
  #last: { readonly mark: string | null; readonly beganMs: number; readonly tookMs: number } | null = null;

  constructor(options: LookTurnsOptions) {
    this.#options = options;
  }

  /** There is more to look at than there was: the next look is due. */
  expire(): void {
    if (this.#last !== null) this.#last = { ...this.#last, mark: null };
  }

  /** Does `look` where it is due; null otherwise. */
  async take<T>(look: () => Promise<T>): Promise<T | null> {
    const { mark: read, now } = this.#options;
    const beganMs = now();
    const last = this.#last;
    if (last !== null && beganMs - last.beganMs < Math.min(last.tookMs / SHARE, LONGEST_MS)) return null;
    // Read before: what is changed while we look is seen the next time.
    const mark = await read().catch(() => null);
    const isOverdue = last === null || beganMs - last.beganMs >= OVERDUE_MS;
    if (!isOverdue && mark !== null && mark === last.mark) return null;
    let isDone = false;
    try {
      const seen = await look();
      isDone = true;
      return seen;
    } finally {
      this.#last = { mark: isDone ? mark : null, beganMs, tookMs: now() - beganMs };
    }
  }
}
