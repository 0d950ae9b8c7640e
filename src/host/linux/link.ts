import { checkLinkName, parseMac } from "../addresses.ts";
import { hasErrno } from "../host-error.ts";
import type {
  LinkChange,
  LinkInfo,
  LinkOps,
  LinkOptions,
  LinkPlace,
  LinkSysctl,
  VethPeer,
} from "../host-ops.ts";
import { sysctlPath, sysctlText } from "../link-checks.ts";
import { host, type Meanings } from "../native-error.ts";
import { ADDRESS_MODES, numberOf } from "../net-names.ts";
import { netnsPath, OWN_NETNS } from "../netns-name.ts";
import { undoing } from "../undoing.ts";
import type { Addon, NativeLink, NativeNewLink } from "./addon.ts";
import { doneBefore, inOneGo } from "./in-one-go.ts";
import { deleteLink, deleteLinkGroup, deleteLinks, unlessGone } from "./link-delete.ts";
import { infoOf, randomMac, withoutModule } from "./link-info.ts";
import { existsOf, sysctlOf } from "./link-sysctl.ts";
import { later } from "./steps.ts";

/** Links by rtnetlink (linux/if_link.h). */
export class LinuxLink implements LinkOps {
  readonly #addon: Addon;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  async list(namePrefix: string): Promise<LinkInfo[]> {
    const links = await host("links", () => this.#addon.linkDump());
    return links.filter(([name]) => name.startsWith(namePrefix)).map(infoOf);
  }

  async get(name: string): Promise<LinkInfo | null> {
    const found = await host(name, () => this.#addon.linkFind(checkLinkName(name)));
    return found === null ? null : infoOf(found);
  }

  async exists(name: string): Promise<boolean> {
    return later(this.#addon, existsOf(name));
  }

  async setUp(name: string, up: boolean): Promise<void> {
    await host(name, () => this.#addon.linkSetUp(checkLinkName(name), up));
  }

  async set(name: string, change: LinkChange): Promise<void> {
    const { ipv6AddressMode: mode, mac, ...plain } = change;
    await host(name, () => {
      const native = {
        ...plain,
        mac: mac === undefined ? undefined : parseMac(mac),
        addressMode: mode === undefined ? undefined : numberOf(ADDRESS_MODES, mode),
      };
      return this.#addon.linkSet(checkLinkName(name), native, name);
    });
  }

  async rename(name: string, newName: string): Promise<void> {
    await host(name, async () => {
      const [, index] = await this.#addon.linkGet(checkLinkName(name));
      await this.#addon.linkSet(index, { newName: checkLinkName(newName) }, `${name} to ${newName}`);
    });
  }

  async moveTo(name: string, { namespace, name: newName }: LinkPlace): Promise<void> {
    const there = newName === undefined ? undefined : checkLinkName(newName);
    await host(name, async () => {
      const path = namespace === null ? OWN_NETNS : netnsPath(namespace);
      const known = checkLinkName(name);
      const link = there === undefined ? known : infoOf(await this.#addon.linkGet(known)).index;
      const change = { namespace: path, newName: there };
      await this.#addon.linkSet(link, change, `${name} to ${path}`);
    });
  }

  async createDummy(name: string, options: LinkOptions = {}): Promise<LinkInfo> {
    return this.#create({ name, kind: "dummy" }, options);
  }

  async createBridge(name: string, options: LinkOptions = {}): Promise<LinkInfo> {
    // A MAC that was chosen by no one is that of the port with the lowest, and changes with the ports.
    const mac = options.mac ?? randomMac();
    return this.#create({ name, kind: "bridge", stp: false }, { ...options, mac });
  }

  async createVeth(name: string, peer: VethPeer, options: LinkOptions = {}): Promise<LinkInfo> {
    const peerName = checkLinkName(peer.name);
    if (peer.namespace === undefined)
      return this.#create({ name, kind: "veth", peerName }, options, peerName);
    // In another namespace the other end is that namespace's to configure.
    return this.#create({ name, kind: "veth", peerName, peerNamespace: netnsPath(peer.namespace) }, options);
  }

  async #create(link: NativeNewLink, options: LinkOptions, ...others: string[]): Promise<LinkInfo> {
    const { mac, mtu, group } = options;
    const native = { ...link, mac: mac === undefined ? undefined : parseMac(mac), mtu, group };
    return this.make(link.name, () => this.#addon.linkCreate(native), {
      meanings: withoutModule(link.kind),
      withoutIpv6: options.ipv6 === true ? [] : [link.name, ...others],
    });
  }

  /**
   * A link that `create` makes, in one go with what every new link of ours gets; it is deleted again when that fails. It is looked at before it is
   * up: from then on a look may wait for the kernel to note that it has no carrier (linkwatch), and for RCU. IPv6 is switched off
   * on it (NET-1), not by netlink's IFLA_INET6_ADDR_GEN_MODE: with `none` the link has no link-local address, but still listens to a guest's
   * router advertisements.
   */
  async make(
    name: string,
    create: () => Promise<void>,
    {
      meanings,
      withoutIpv6,
      up = false,
      ways = [],
    }: {
      meanings: Meanings;
      withoutIpv6: readonly string[];
      up?: boolean;
      ways?: readonly (() => Promise<unknown>)[];
    },
  ): Promise<LinkInfo> {
    const addon = this.#addon;
    const files = withoutIpv6.map((link) => sysctlPath({ family: 6, link, key: "disable_ipv6" }));
    checkLinkName(name);
    const raise = up ? [() => addon.linkSetUp(name, up)] : [];
    const last = [() => addon.linkGet(name), ...raise, ...ways];
    const go = async (steps: readonly (() => Promise<unknown>)[], of: (done: number) => Meanings) => {
      const made = (await inOneGo(addon, name, steps, of)).at(-last.length) as NativeLink;
      return Object.assign(infoOf(made), { up });
    };
    const sysctls = files.map((file) => () => addon.sysctlWrite(file, "1"));
    try {
      return await go([create, ...sysctls, ...last], (done) => (done === 0 ? meanings : {}));
    } catch (error) {
      if (doneBefore(error) === 0) throw error;
      try {
        // A kernel without IPv6 has no such file, which is as good.
        if (!hasErrno(error, "ENOENT")) throw error;
        return await go(last, () => ({}));
      } catch (second) {
        throw await undoing(second, () => this.delete(name));
      }
    }
  }

  async delete(name: string): Promise<void> {
    await deleteLink(this.#addon, name);
  }

  async deleteMany(names: readonly string[]): Promise<void> {
    await deleteLinks(this.#addon, names);
  }

  async deleteGroup(group: number): Promise<void> {
    await deleteLinkGroup(this.#addon, group);
  }

  async addPort(bridge: string, link: string): Promise<void> {
    const [, index] = await host(bridge, () => this.#addon.linkGet(checkLinkName(bridge)));
    await host(link, () =>
      this.#addon.linkSet(checkLinkName(link), { masterIndex: index }, `${link} of ${bridge}`),
    );
  }

  async removePort(link: string): Promise<void> {
    await unlessGone(host(link, () => this.#addon.linkSet(checkLinkName(link), { masterIndex: 0 }, link)));
  }

  async setIsolated(port: string, isolated: boolean): Promise<void> {
    await host(port, async () => {
      const [, index] = await this.#addon.linkGet(checkLinkName(port));
      await this.#addon.linkIsolate(index, isolated, port);
    });
  }

  async readSysctl(of: LinkSysctl): Promise<string> {
    return later(this.#addon, sysctlOf(of, sysctlPath));
  }

  async writeSysctl(of: LinkSysctl, value: string | number): Promise<void> {
    await host(of.link, () => this.#addon.sysctlWrite(sysctlPath(of), sysctlText(of, value)));
  }
}
