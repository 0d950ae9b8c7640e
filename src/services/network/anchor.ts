import type { AddressInfo, HostOps, LinkInfo } from "../../host/host-ops.ts";
import { errorCode } from "../../shared/errors.ts";
import type { LinkIntents } from "./intents.ts";

/** The one link that carries the gateway address (NET-1). */
const ANCHOR = "banger0";

/** Who serves on the gateway address. Neither call is anybody's failure. */
export interface GatewayUser {
  /** The address is on its link. Called again when the link was made anew. */
  up(link: { readonly name: string; readonly index: number }): Promise<void>;
  /** The link is about to go. */
  down(): Promise<void>;
}

/** The link with the gateway's address: there from the first VM until the daemon ends with none. */
export class Anchor {
  readonly #host: Pick<HostOps, "link" | "address" | "tap">;
  readonly #cidr: string;
  readonly #intents: LinkIntents;
  #user: GatewayUser | null = null;
  #made: Promise<void> | null = null;
  /** One is made after another: whoever finds it gone may not be alone. */
  #last: Promise<unknown> = Promise.resolve();
  #isUp = false;

  constructor(host: Pick<HostOps, "link" | "address" | "tap">, gateway: string, intents: LinkIntents) {
    this.#host = host;
    this.#cidr = `${gateway}/32`;
    this.#intents = intents;
  }

  /** Known without a wait. */
  get isUp(): boolean {
    return this.#isUp;
  }

  serve(user: GatewayUser): void {
    this.#user = user;
  }

  /** Makes it, once; what is there already is taken as it is. */
  async ensure(): Promise<void> {
    this.#made ??= this.#next();
    try {
      await this.#made;
      this.#isUp = true;
    } catch (error) {
      this.#made = null;
      throw error;
    }
  }

  /** Makes anew what of it is not among these any more. Resolves to what that was. */
  async repair(links: readonly LinkInfo[], addresses: readonly AddressInfo[]): Promise<string[]> {
    if (!this.#isUp) return [];
    const wrong = this.#wrong(links, addresses);
    if (wrong === null) return [];
    this.#made = this.#next();
    await this.ensure();
    return [wrong];
  }

  /** Another text when the link is another one, or up no more. */
  async mark(): Promise<string> {
    const link = await this.#host.link.get(ANCHOR);
    return `${link?.index} ${link?.up}`;
  }

  #wrong(links: readonly LinkInfo[], addresses: readonly AddressInfo[]): string | null {
    const link = links.find(({ name }) => name === ANCHOR);
    if (link === undefined) return ANCHOR;
    if (!link.up) return `${ANCHOR} up`;
    const has = addresses.some((address) => address.link === ANCHOR && address.cidr === this.#cidr);
    return has ? null : `${this.#cidr} on ${ANCHOR}`;
  }

  async close(): Promise<void> {
    this.#made = null;
    this.#isUp = false;
    await this.#user?.down();
    if (!(await this.#intents.read()).links.includes(ANCHOR)) return;
    await this.#host.link.delete(ANCHOR);
    await this.#intents.removeLinks([ANCHOR]);
  }

  #next(): Promise<void> {
    const made = this.#last.then(() => this.#make());
    this.#last = made.catch(() => undefined);
    return made;
  }

  async #make(): Promise<void> {
    if ((await this.#host.link.get(ANCHOR)) === null) {
      await this.#intents.addLinks([ANCHOR]);
      try {
        await this.#host.link.createDummy(ANCHOR);
      } catch (error) {
        if (errorCode(error) !== "ERR_HOST_UNSUPPORTED") throw error;
        // Where the kernel has no dummy links, a persistent TAP that nobody attaches to carries the address as well.
        await this.#host.tap.create({ name: ANCHOR, ownerUid: 0 });
      }
    }
    await this.#host.address.add(ANCHOR, this.#cidr);
    await this.#host.link.setUp(ANCHOR, true);
    const link = await this.#host.link.get(ANCHOR);
    if (link !== null) await this.#user?.up(link);
  }
}
