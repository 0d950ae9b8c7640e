import type { Problem } from "../domain/ports.ts";
import { macOfSlot, tapName } from "../domain/vm.ts";
import type { HostOps } from "../host/host-ops.ts";
import { BangerError, errorCode } from "../shared/errors.ts";
import { gatewayOf, overlaps, parseNetwork } from "../shared/ipv4.ts";

/** The one link that carries the gateway address (NET-1). */
const ANCHOR = "banger0";
const OURS = /^(banger0|bgr\d+)$/;
/** Where a free range is looked for when the configured one is taken: the private /16s of 172.16.0.0/12, from the top down. */
const CANDIDATES = Array.from({ length: 16 }, (_, index) => `172.${31 - index}.0.0/16`);

/** Remembers names of links that belong to no VM, before they are made (ST-5). */
export interface LinkIntents {
  addLink(name: string): Promise<void>;
  removeLink(name: string): Promise<void>;
  read(): Promise<{ links: string[] }>;
}

/** Who serves on the gateway address. Neither call is anybody's failure. */
export interface GatewayUser {
  /** The address is on its link. Called again when the link was made anew. */
  up(link: { readonly name: string; readonly index: number }): Promise<void>;
  /** The link is about to go. */
  down(): Promise<void>;
}

interface Endpoint {
  readonly slot: number;
  readonly address: string;
  readonly uid: number;
}

/**
 * The host's side of the network [NET-1]: a gateway address on an anchor link, and per VM a TAP of its own with a host route. No
 * bridge. Names derive from the slot, so every release is possible without a record.
 */
export class HostNetwork {
  readonly gateway: string;
  readonly #cidr: string;
  readonly #host: HostOps;
  readonly #intents: LinkIntents;
  #gatewayUser: GatewayUser | null = null;
  #anchored: Promise<void> | null = null;
  #isAnchored = false;

  constructor(host: HostOps, cidr: string, intents: LinkIntents) {
    this.#host = host;
    this.#intents = intents;
    this.#cidr = cidr;
    this.gateway = gatewayOf(cidr);
  }

  /** From now on `user` is told when the gateway address comes and goes. */
  serveGateway(user: GatewayUser): void {
    this.#gatewayUser = user;
  }

  /** Makes sure of the gateway for VMs that an earlier daemon has started. */
  async restore(): Promise<void> {
    await this.#anchor();
  }

  /** The range is checked against the host's routes and addresses. */
  async preflight(): Promise<Problem[]> {
    const taken = await this.#takenRanges();
    const mine = parseNetwork(this.#cidr);
    const clash = taken.find((other) => overlaps(mine, parseNetwork(other.cidr)));
    if (clash === undefined) return [];
    const free = CANDIDATES.find(
      (candidate) => !taken.some((other) => overlaps(parseNetwork(candidate), parseNetwork(other.cidr))),
    );
    return [
      {
        code: "ERR_NETWORK_RANGE_TAKEN",
        message: `the network range ${this.#cidr} overlaps ${clash.cidr}, which this host reaches by ${clash.link ?? "another route"}`,
        next:
          free === undefined
            ? "set `network_cidr` in config.toml to a free range"
            : `set \`network_cidr = "${free}"\` in config.toml`,
      },
    ];
  }

  async #takenRanges(): Promise<{ cidr: string; link: string | null }[]> {
    const [routes, addresses] = await Promise.all([this.#host.route.list(), this.#host.address.list()]);
    return [
      ...routes.map((route) => ({ cidr: route.destination, link: route.link })),
      ...addresses.map((address) => ({ cidr: `${address.cidr.split("/")[0]}/32`, link: address.link })),
    ].filter((range) => !range.cidr.endsWith("/0") && !(range.link !== null && OURS.test(range.link)));
  }

  /** Before a name is written down as this VM's: that nobody else has it. ERR_TAP_TAKEN. */
  async claim(slot: number): Promise<void> {
    const tap = tapName(slot);
    if ((await this.#host.link.get(tap)) !== null) throw tapTaken(tap);
  }

  /** TAP, route and neighbour entry of one VM, whose name was claimed. */
  async connect(endpoint: Endpoint): Promise<{ tap: string; mac: string }> {
    // Known without a wait: the TAP takes longest of all that a create makes at once, so its request goes first.
    if (!this.#isAnchored) await this.#anchor();
    const tap = tapName(endpoint.slot);
    const mac = macOfSlot(endpoint.slot);
    await this.#host.tap.create({
      name: tap,
      ownerUid: endpoint.uid,
      up: true,
      routes: [{ destination: `${endpoint.address}/32`, source: this.gateway }],
      neighbours: [{ address: endpoint.address, mac }],
    });
    return { tap, mac };
  }

  /** Deleting the TAP takes its route and neighbour entry with it. */
  async disconnect(tap: string): Promise<void> {
    await this.#host.link.delete(tap);
  }

  /** Takes the anchor down: nothing of banger stays in the kernel when no VM runs (DMN-6). */
  async close(): Promise<void> {
    this.#anchored = null;
    this.#isAnchored = false;
    await this.#gatewayUser?.down();
    if (!(await this.#intents.read()).links.includes(ANCHOR)) return;
    await this.#host.link.delete(ANCHOR);
    await this.#intents.removeLink(ANCHOR);
  }

  async #anchor(): Promise<void> {
    this.#anchored ??= this.#makeAnchor();
    try {
      await this.#anchored;
      this.#isAnchored = true;
    } catch (error) {
      this.#anchored = null;
      throw error;
    }
  }

  async #makeAnchor(): Promise<void> {
    if ((await this.#host.link.get(ANCHOR)) === null) {
      await this.#intents.addLink(ANCHOR);
      try {
        await this.#host.link.createDummy(ANCHOR);
      } catch (error) {
        if (errorCode(error) !== "ERR_HOST_UNSUPPORTED") throw error;
        // Where the kernel has no dummy links, a persistent TAP that nobody attaches to carries the address as well.
        await this.#host.tap.create({ name: ANCHOR, ownerUid: 0 });
      }
    }
    await this.#host.address.add(ANCHOR, `${this.gateway}/32`);
    await this.#host.link.setUp(ANCHOR, true);
    const link = await this.#host.link.get(ANCHOR);
    if (link !== null) await this.#gatewayUser?.up(link);
  }
}

function tapTaken(tap: string): BangerError {
  return new BangerError(
    "ERR_TAP_TAKEN",
    `a network device ${tap} is there already, and it is not this daemon's`,
    {
      next: `is another bangerd running on this host? If not: \`ip link delete ${tap}\``,
    },
  );
}
