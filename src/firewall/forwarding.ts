import type { LinkOps, RouteInfo } from "../host/host-ops.ts";
import { errorCode } from "../shared/errors.ts";

/** Remembers links that forward because of us, before they do (ST-5). */
export interface ForwardingRecord {
  readForwarding(): Promise<readonly string[]>;
  writeForwarding(links: readonly string[]): Promise<void>;
}

const KEY = "forwarding";
const OURS = /^(lo|banger0|bgr\d+)$/;

/**
 * IPv4 forwarding of the links that guests' packets leave by, without which answers do not come back (net.ipv4.conf.LINK.forwarding,
 * Documentation/networking/ip-sysctl.rst). What was off before is off again at the end. The host's own switch stays as it is.
 */
export class Forwarding {
  readonly #link: Pick<LinkOps, "readSysctl" | "writeSysctl">;
  readonly #record: ForwardingRecord;

  constructor(host: { link: Pick<LinkOps, "readSysctl" | "writeSysctl"> }, record: ForwardingRecord) {
    this.#link = host.link;
    this.#record = record;
  }

  /**
   * The links to the internet, or (`everywhere`) to all that the host reaches, by these routes. `before` is told which of them will forward
   * only because of us, before they do.
   */
  async openUplinks(
    everywhere: boolean,
    routes: readonly RouteInfo[],
    before: (links: readonly string[]) => Promise<void>,
  ): Promise<void> {
    if (await this.#isRouter()) {
      // Somebody turned all links on since: they forward because of him now, and stay so.
      await this.#forget();
      return before([]);
    }
    const recorded = await this.#record.readForwarding();
    const closed: string[] = [];
    for (const link of uplinks(everywhere, routes)) {
      if ((await this.#read(link)) === "0") closed.push(link);
    }
    const all = [...new Set([...recorded, ...closed])];
    if (closed.some((link) => !recorded.includes(link))) await this.#record.writeForwarding(all);
    await before(all);
    for (const link of closed) await this.#write(link, 1);
  }

  /** Puts back what was. */
  async close(): Promise<void> {
    if (!(await this.#isRouter())) for (const link of await this.opened()) await this.#write(link, 0);
    await this.#forget();
  }

  /** Links that forward because of us. */
  opened(): Promise<readonly string[]> {
    return this.#record.readForwarding();
  }

  async #forget(): Promise<void> {
    if ((await this.opened()).length > 0) await this.#record.writeForwarding([]);
  }

  /** The host's own switch, `net.ipv4.ip_forward`: writing it sets all links. */
  async #isRouter(): Promise<boolean> {
    return (await this.#read("all")) === "1";
  }

  async #read(link: string): Promise<string | null> {
    return this.#link.readSysctl({ family: 4, link, key: KEY }).catch(nothingThere);
  }

  async #write(link: string, value: 0 | 1): Promise<void> {
    await this.#link.writeSysctl({ family: 4, link, key: KEY }, value).catch(nothingThere);
  }
}

function uplinks(everywhere: boolean, routes: readonly RouteInfo[]): string[] {
  const links = routes
    .filter(({ destination, type }) => type === "unicast" && (everywhere || destination === "0.0.0.0/0"))
    .flatMap(({ link }) => (link === null || OURS.test(link) ? [] : [link]));
  return [...new Set(links)];
}

/** A link may go at any moment, and its setting with it. */
function nothingThere(error: unknown): null {
  if (errorCode(error) === "ERR_HOST_NOT_FOUND") return null;
  throw error;
}
