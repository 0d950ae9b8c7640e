import { isIPv4 } from "node:net";
import { errorCode } from "../../shared/errors.ts";
import { Bus } from "./bus.ts";
import type { Marshal } from "./marshal.ts";
import type { Call } from "./message.ts";

const NAME = "org.freedesktop.resolve1";
const MANAGER = { destination: NAME, path: "/org/freedesktop/resolve1", interface: `${NAME}.Manager` };
const AF_INET = 2;

export interface Routing {
  readonly linkIndex: number;
  /** IPv4. */
  readonly server: { readonly address: string; readonly port: number };
  /** Names in these, and no others, are asked there. */
  readonly domains: readonly string[];
}

/**
 * systemd-resolved's routing of names to a server by a link: https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.resolve1.html.
 * It keeps it over its own restarts, and forgets it with the link.
 */
export class Resolved {
  readonly #busSocket: string;
  readonly #uid: number;

  constructor(busSocket: string, uid: number) {
    this.#busSocket = busSocket;
    this.#uid = uid;
  }

  /** Resolves to whether it runs. Rejects when it does, and refuses. */
  route({ linkIndex, server, domains }: Routing): Promise<boolean> {
    if (!isIPv4(server.address)) throw new Error(`${server.address} is no IPv4 address`);
    const octets = server.address.split(".").map(Number);
    const link = (body: Marshal) => body.int32(linkIndex);
    return this.#calls([
      setting("SetLinkDNSEx", "ia(iayqs)", (body) =>
        link(body).array(8, [server], ({ port }) =>
          body
            .int32(AF_INET)
            .array(1, octets, (each) => body.byte(each))
            .uint16(port)
            .string(""),
        ),
      ),
      setting("SetLinkDomains", "ia(sb)", (body) =>
        link(body).array(8, domains, (each) => body.string(each).boolean(true)),
      ),
      setting("SetLinkDefaultRoute", "ib", (body) => link(body).boolean(false)),
      // Whatever the host has for the names of the world, these come from its own loopback, unsigned.
      ...["SetLinkDNSSEC", "SetLinkDNSOverTLS", "SetLinkLLMNR", "SetLinkMulticastDNS"].map((member) =>
        setting(member, "is", (body) => link(body).string("no")),
      ),
    ]);
  }

  /** Takes all of it back. Resolves to whether it runs. */
  revert(linkIndex: number): Promise<boolean> {
    return this.#calls([setting("RevertLink", "i", (body) => body.int32(linkIndex))]);
  }

  async #calls(calls: readonly Call[]): Promise<boolean> {
    const bus = await this.#open();
    if (bus === null) return false;
    try {
      if (!(await bus.hasOwner(NAME))) return false;
      for (const each of calls) await bus.call(each);
      return true;
    } finally {
      bus.close();
    }
  }

  async #open(): Promise<Bus | null> {
    try {
      return await Bus.open(this.#busSocket, this.#uid);
    } catch (error) {
      const code = errorCode(error);
      if (code === "ENOENT" || code === "ECONNREFUSED") return null;
      throw error;
    }
  }
}

function setting(member: string, signature: string, write: Call["write"]): Call {
  return { ...MANAGER, member, signature, write };
}
