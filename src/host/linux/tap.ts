import { checkLinkName, parseMac } from "../addresses.ts";
import type { LinkInfo, TapChange, TapCreate, TapOps, TapState } from "../host-ops.ts";
import { checkOwner } from "../ids.ts";
import { checkVnetHeader, offloadBits } from "../link-checks.ts";
import { host, type Meanings } from "../native-error.ts";
import type { Addon, NativeTapSettings } from "./addon.ts";
import type { LinuxLink } from "./link.ts";
import { nativeNeighbour } from "./neighbour.ts";
import { nativeRoute } from "./route.ts";
import { Turns } from "./turns.ts";

const NO_DRIVER = { code: "ERR_HOST_UNSUPPORTED", next: "load the module `tun`" } as const;
/** No /dev/net/tun, or one without a driver behind it; offloads that the kernel does not know. */
const UNSUPPORTED: Meanings = { ENOENT: NO_DRIVER, ENXIO: NO_DRIVER, EINVAL: "ERR_HOST_UNSUPPORTED" };

/** TAP devices (linux/if_tun.h); deleted as links. */
export class LinuxTap implements TapOps {
  readonly #addon: Addon;
  readonly #link: LinuxLink;
  /**
   * The kernel makes one at a time (rtnl), and the close of its queue waits for RCU meanwhile: several at once would keep the addon's four threads
   * from all else, and a CPU spinning.
   */
  readonly #turns = new Turns(1);

  constructor(addon: Addon, link: LinuxLink) {
    this.#addon = addon;
    this.#link = link;
  }

  async create(spec: TapCreate): Promise<LinkInfo> {
    const settings = settingsOf(spec, spec.mac === undefined ? undefined : parseMac(spec.mac));
    const addon = this.#addon;
    const routes = (spec.routes ?? []).map((route) => ({ ...route, link: spec.name }));
    const neighbours = (spec.neighbours ?? []).map((entry) => ({ ...entry, link: spec.name }));
    const ways = [
      ...routes.map(nativeRoute).map((route) => () => addon.routeAdd(...route)),
      ...neighbours.map(nativeNeighbour).map((neighbour) => () => addon.neighbourSet(...neighbour)),
    ];
    return this.#turns.run(() =>
      this.#link.make(spec.name, () => addon.tapCreate(spec.name, ...settings), {
        // EBUSY: TUNSETIFF with IFF_TUN_EXCL.
        meanings: { ...UNSUPPORTED, EBUSY: "ERR_HOST_EXISTS", ENODEV: NO_DRIVER },
        withoutIpv6: spec.ipv6 === true ? [] : [spec.name],
        up: spec.up === true,
        ways,
      }),
    );
  }

  async set(name: string, change: TapChange): Promise<void> {
    await host(name, () => this.#addon.tapConfigure(checkLinkName(name), ...settingsOf(change)), UNSUPPORTED);
  }

  async setPersistent(name: string, persistent: boolean): Promise<void> {
    await host(name, () => this.#addon.tapSetPersistent(checkLinkName(name), persistent), UNSUPPORTED);
  }

  inspect(name: string): Promise<TapState> {
    return host(name, () => this.#addon.tapInspect(checkLinkName(name)), UNSUPPORTED);
  }
}

function settingsOf(
  { ownerUid, groupGid, offloads, vnetHeaderBytes }: TapChange,
  mac?: Uint8Array,
): NativeTapSettings {
  checkOwner("ioctl(TUNSETOWNER)", { uid: ownerUid, gid: groupGid });
  return [ownerUid, groupGid, mac, offloadBits(offloads), checkVnetHeader(vnetHeaderBytes)];
}
