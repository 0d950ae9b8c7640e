import { Firewall } from "../../../../src/firewall/firewall.ts";
import { Forwarding } from "../../../../src/firewall/forwarding.ts";
import { Keeper } from "../../../../src/firewall/keeper.ts";
import { Openings } from "../../../../src/firewall/openings.ts";
import { TapSettings } from "../../../../src/firewall/tap-settings.ts";
import type { HostOps } from "../../../../src/host/host-ops.ts";
import { silentLogger } from "../../../../src/shared/logger.ts";
import { GATEWAY, NETWORK } from "../../firewall/support/place.ts";
import type { Allowed } from "../../firewall/support/prove.ts";
import { A, B } from "../../firewall/support/veth-place.ts";

/** The packet rules with all that looks after them, as the daemon has them. */
export class Ours {
  readonly firewall: Firewall;
  readonly keeper: Keeper;
  readonly #openings: Openings;
  readonly #forwarding: Forwarding;
  readonly #taps: TapSettings;

  constructor(host: HostOps) {
    const { nft } = host;
    let links: readonly string[] = [];
    const record = {
      readForwarding: async () => links,
      writeForwarding: async (next: readonly string[]) => {
        links = next;
      },
    };
    this.firewall = new Firewall({ nft, network: NETWORK, logger: silentLogger });
    this.#openings = new Openings(nft, GATEWAY);
    this.#forwarding = new Forwarding(host, record);
    this.#taps = new TapSettings(host.link);
    this.keeper = new Keeper({
      ...{ firewall: this.firewall, openings: this.#openings },
      ...{ forwarding: this.#forwarding, taps: this.#taps, logger: silentLogger },
      // The place's own links stand for guests': nobody makes them anew.
      links: { look: async () => ({ routes: await host.route.list(), restored: [], lost: [] }) },
    });
  }

  /** That guest, and another. */
  async admit({ access, peer = false }: Allowed): Promise<void> {
    await this.firewall.admit({ ...A, access, peers: peer ? [B.address] : [] });
    await this.firewall.admit({ ...B, access: "public", peers: [] });
    await this.#taps.open(A.tap, access !== "none");
    await this.#taps.open(B.tap, true);
  }

  async close(): Promise<void> {
    await this.keeper.stop();
    for (const each of [this.#forwarding, this.#openings, this.firewall]) await each.close();
  }
}
