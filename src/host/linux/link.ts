import { checkLinkName, parseMac } from "../addresses.ts";
import { hasErrno } from "../host-error.ts";
import type { LinkInfo, LinkOps, TapCreate, TapOps } from "../host-ops.ts";
import { host } from "../native-error.ts";
import type { Addon } from "./addon.ts";

/** Links by rtnetlink (linux/if_link.h). */
export class LinuxLink implements LinkOps {
  readonly #addon: Addon;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  async list(namePrefix: string): Promise<LinkInfo[]> {
    const links = await host("links", () => this.#addon.linkDump());
    return links.filter((link) => link.name.startsWith(namePrefix));
  }

  async get(name: string): Promise<LinkInfo | null> {
    try {
      return await host(name, () => this.#addon.linkGet(checkLinkName(name)));
    } catch (error) {
      if (hasErrno(error, "ENODEV")) return null;
      throw error;
    }
  }

  async setUp(name: string, up: boolean): Promise<void> {
    await host(name, () => this.#addon.linkSetUp(checkLinkName(name), up));
  }

  async createDummy(name: string): Promise<LinkInfo> {
    await host(name, () => this.#addon.linkCreate(checkLinkName(name), "dummy"));
    return this.finishNew(name);
  }

  async delete(name: string): Promise<void> {
    try {
      await host(name, () => this.#addon.linkDelete(checkLinkName(name)));
    } catch (error) {
      // ENOENT: its network namespace is gone.
      if (!hasErrno(error, "ENODEV", "ENOENT")) throw error;
    }
  }

  /** What every new link of ours gets, and its description; the link is deleted again when that fails. */
  async finishNew(name: string): Promise<LinkInfo> {
    try {
      await disableIpv6(this.#addon, name);
      return await host(name, () => this.#addon.linkGet(name));
    } catch (error) {
      await this.delete(name);
      throw error;
    }
  }
}

/**
 * IPv6 off on one link (NET-1). Not by netlink's IFLA_INET6_ADDR_GEN_MODE: with `none` the link has no link-local address, but
 * still listens to a guest's router advertisements. A kernel without IPv6 has no such file, which is as good.
 */
async function disableIpv6(addon: Addon, name: string): Promise<void> {
  try {
    await host(name, () => addon.sysctlWrite(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "1"));
  } catch (error) {
    if (!hasErrno(error, "ENOENT")) throw error;
  }
}

/** TAP devices (linux/if_tun.h); deleted as links. */
export class LinuxTap implements TapOps {
  readonly #addon: Addon;
  readonly #link: LinuxLink;

  constructor(addon: Addon, link: LinuxLink) {
    this.#addon = addon;
    this.#link = link;
  }

  async create(spec: TapCreate): Promise<LinkInfo> {
    await host(
      spec.name,
      () => {
        const mac = spec.mac === undefined ? null : parseMac(spec.mac);
        return this.#addon.tapCreate(checkLinkName(spec.name), spec.ownerUid, mac);
      },
      {
        EBUSY: "ERR_HOST_EXISTS", // TUNSETIFF with IFF_TUN_EXCL
        ENOENT: "ERR_HOST_UNSUPPORTED", // no /dev/net/tun, or one without a driver behind it
        ENODEV: "ERR_HOST_UNSUPPORTED",
        ENXIO: "ERR_HOST_UNSUPPORTED",
      },
    );
    return this.#link.finishNew(spec.name);
  }
}
