import { readFile, stat } from "node:fs/promises";
import net from "node:net";

/** The C library asks no more than three: resolv.conf(5), MAXNS. */
const SERVERS_MAX = 3;
/** A name server of a host that says nothing: resolv.conf(5) again. */
const FALLBACK = "127.0.0.1";

/** A resolver to ask. */
export interface NameServer {
  /** IPv4 or IPv6, with `%link` where it is link-local. */
  readonly address: string;
  readonly port: number;
}

/** The addresses of the `nameserver` lines. */
export function parseResolvConf(text: string): string[] {
  const found = text.split("\n").flatMap((line) => {
    const [word, address = ""] = line.trim().split(/\s+/);
    return word === "nameserver" && net.isIP(address) !== 0 ? [address] : [];
  });
  const servers = found.slice(0, SERVERS_MAX);
  return servers.length === 0 ? [FALLBACK] : servers;
}

/** What the host's own programs ask: `file` is read again when it is another one than before, or has changed. */
export class ResolvConf {
  readonly #file: string;
  readonly #but: ReadonlySet<string>;
  #seen = "";
  #servers: readonly NameServer[] = [];

  /** `but`: our own addresses. A resolver that asks itself never ends. */
  constructor(file: string, but: readonly string[]) {
    this.#file = file;
    this.#but = new Set(but);
  }

  async servers(): Promise<readonly NameServer[]> {
    const now = await stat(this.#file, { bigint: true }).then(
      ({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(" "),
      () => "none",
    );
    if (now !== this.#seen) {
      const text = await readFile(this.#file, "utf8").catch(() => "");
      this.#servers = parseResolvConf(text)
        .filter((address) => !this.#but.has(address))
        .map((address) => ({ address, port: 53 }));
      this.#seen = now;
    }
    return this.#servers;
  }
}
