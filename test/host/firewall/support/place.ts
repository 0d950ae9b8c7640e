import { UndoScope } from "../../../../src/shared/undo.ts";
import { HOST, PRIVATE, PUBLIC, ROUTER, ROUTER_MAC } from "../../../support/outside.ts";
import { readIpv4 } from "./frames.ts";
import type { HostSockets } from "./sockets.ts";
import type { Wire } from "./wire.ts";

export { HOST, PRIVATE, PUBLIC, ROUTER, ROUTER_MAC };
export const GATEWAY = "172.30.0.1";
export const NETWORK = { cidr: "172.30.0.0/16", gateway: GATEWAY };
export const PORT = 9999;
/** Where the host's programs find the DNS server. */
export const HOST_DNS_PORT = 42_069;

/** Settings of a host that trusts whoever sends: what it stops then, our rules stop. Before its links are made. */
export const TRUSTING = [
  ["ipv4/conf/all/route_localnet", 1],
  ["ipv4/conf/all/rp_filter", 0],
  ["ipv4/conf/default/rp_filter", 0],
] as const;

export interface Guest {
  readonly tap: string;
  readonly mac: string;
  readonly address: string;
}

/** A place, and what takes all of it away; a second time there is nothing to take. */
export interface OpenPlace {
  readonly place: Place;
  close(): Promise<void>;
}

/** What `make` acquires is released by the scope, also when it fails half-way. */
export async function openPlace(make: (scope: UndoScope) => Promise<PlaceParts>): Promise<OpenPlace> {
  const scope = new UndoScope();
  const close = async () => {
    const errors = await scope.rollback();
    if (errors.length > 0) throw new AggregateError(errors, errors.map(({ message }) => message).join("; "));
  };
  try {
    return { place: new Place(await make(scope)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface PlaceParts {
  readonly guestA: Guest;
  readonly guestB: Guest;
  /** The guests' ends of their links. */
  readonly a: Wire;
  readonly b: Wire;
  /** The host's end of the first guest's link: what comes in by it, whatever becomes of that. */
  readonly door: Wire;
  /** The other end of the host's uplink. */
  readonly uplink: Wire;
  /** What listens on the host, on {@link PORT} first. */
  readonly sockets: HostSockets;
  /** MACs of the host's links. */
  readonly macs: ReadonlyMap<string, string>;
}

/** A host with two guests and an uplink, behind which the internet and a private network are. */
export class Place {
  readonly guestA: Guest;
  readonly guestB: Guest;
  readonly a: Wire;
  readonly b: Wire;
  readonly door: Wire;
  readonly uplink: Wire;
  readonly #sockets: HostSockets;
  readonly #macs: ReadonlyMap<string, string>;
  #fences = 0;

  constructor(parts: PlaceParts) {
    ({
      guestA: this.guestA,
      guestB: this.guestB,
      a: this.a,
      b: this.b,
      door: this.door,
      uplink: this.uplink,
      sockets: this.#sockets,
      macs: this.#macs,
    } = parts);
  }

  /** What came to the host's sockets: `<port> <text>`. */
  get received(): readonly string[] {
    return this.#sockets.received;
  }

  /** Whether a socket of the host got it: one of ours, or one that has answered. */
  hostHeard(port: number, text: string): boolean {
    if (this.received.some((each) => each.startsWith(`${port} `) && each.includes(text))) return true;
    return [...this.a.with(text), ...this.b.with(text)].some((frame) => {
      const packet = readIpv4(frame);
      return packet?.protocol === UDP && packet.payload.readUInt16BE(0) === port;
    });
  }

  /** From the host's {@link PORT}. */
  send(address: string, port: number, text: string): void {
    this.#sockets.send(address, port, text);
  }

  /** All that was sent before has come, or never does. First from each wire, then to each: what came by one has gone out by another then. */
  async settled(): Promise<void> {
    await this.a.sent(this.guestA.mac, GATEWAY);
    await this.b.sent(this.guestB.mac, GATEWAY);
    await this.uplink.sent(ROUTER_MAC, HOST);
    const ends = [
      [this.uplink, ROUTER],
      [this.a, this.guestA.address],
      [this.b, this.guestB.address],
    ] as const;
    for (const [wire, address] of ends) {
      const text = this.#fence();
      await wire.sees(text, () => this.send(address, PORT, text));
    }
    await this.#sockets.settled(PORT, this.#fence());
  }

  macOf(link: string): string {
    const mac = this.#macs.get(link);
    if (mac === undefined) throw new Error(`there is no link ${link}`);
    return mac;
  }

  #fence(): string {
    this.#fences += 1;
    return `fence-${this.#fences}.`;
  }
}

const UDP = 17;
