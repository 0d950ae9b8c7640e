import type { DnsState } from "../domain/dns.ts";
import type { Logger } from "../shared/logger.ts";
import { QuestionBudget } from "./budget.ts";
import { Forwarder } from "./forwarder.ts";
import type { Records } from "./records.ts";
import { ResolvConf } from "./resolv-conf.ts";
import type { Resolved } from "./resolved/resolved.ts";
import { responder } from "./responder.ts";
import { NameRouting } from "./routing.ts";
import { SteadyListener } from "./steady-listener.ts";
import { Zone, zoneNames } from "./zone.ts";

/** One guest keeps no other from its answers. */
const GUEST_TCP = { connections: 256, connectionsPerSource: 16 };
const GUEST_PORT = 53;

export interface DnsServiceOptions {
  /** `dns_listen`: for programs of this host. */
  readonly listen: { readonly address: string; readonly port: number };
  readonly networkCidr: string;
  /** The guests' resolver, by their own configuration. */
  readonly gateway: string;
  readonly records: Records;
  /** `/etc/resolv.conf`. */
  readonly resolvConf: string;
  /** Whether the guest of this address may ask for names that are not ours (NET-3). */
  readonly mayResolve: (sourceAddress: string) => boolean;
  readonly resolved: Pick<Resolved, "route" | "revert">;
  readonly logger: Logger;
  /** Instead of GUEST_PORT, for tests. */
  readonly guestPort?: number;
}

/** The DNS server (NET-4): for this host on one address, for guests on another, out of the same records. */
export class DnsService {
  readonly #host: SteadyListener;
  readonly #newGuests: () => SteadyListener;
  readonly #forwarder: Forwarder;
  readonly #routing: NameRouting;
  #guests: SteadyListener | null = null;

  constructor(options: DnsServiceOptions) {
    const { listen, gateway, logger, records, mayResolve, guestPort = GUEST_PORT } = options;
    const zone = new Zone(records, options.networkCidr);
    const resolvConf = new ResolvConf(options.resolvConf, [gateway]);
    this.#forwarder = new Forwarder({ servers: () => resolvConf.servers(), logger });
    this.#routing = new NameRouting(options.resolved, zoneNames(options.networkCidr), logger);
    const onOpen = (at: DnsServiceOptions["listen"]) => this.#routing.serverAt(at);
    this.#host = new SteadyListener({ ...listen, respond: responder(zone, null), logger, onOpen });
    const respond = responder(zone, {
      forwarder: this.#forwarder,
      budget: new QuestionBudget(() => performance.now()),
      mayAsk: (source) => source === gateway || records.nameOf(source) !== null,
      mayResolve: (source) => records.nameOf(source) !== null && mayResolve(source),
    });
    this.#newGuests = () =>
      new SteadyListener({ address: gateway, port: guestPort, respond, logger, tcp: GUEST_TCP });
  }

  /** Serves this host. A port that somebody has is a warning, tried again. Never rejects. */
  async open(): Promise<void> {
    await this.#host.open();
  }

  /** The gateway address is there, on this link: serves guests on it, and has the host's names routed. Never rejects. */
  async gatewayUp(link: { readonly index: number }): Promise<void> {
    this.#routing.linkUp(link.index);
    this.#guests ??= this.#newGuests();
    await this.#guests.open();
  }

  /** The gateway address is about to go. */
  async gatewayDown(): Promise<void> {
    const guests = this.#guests;
    this.#guests = null;
    await Promise.all([guests?.close(), this.#routing.linkDown()]);
  }

  state(): DnsState {
    return { host: this.#host.state, guests: this.#guests?.state ?? null, resolved: this.#routing.state };
  }

  async close(): Promise<void> {
    this.#forwarder.close();
    await this.gatewayDown();
    await this.#host.close();
  }
}
