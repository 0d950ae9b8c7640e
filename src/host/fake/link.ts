import { checkLinkName, parseMac } from "../addresses.ts";
import { HostError } from "../host-error.ts";
import type {
  LinkChange,
  LinkInfo,
  LinkOps,
  LinkOptions,
  LinkPlace,
  LinkSysctl,
  VethPeer,
} from "../host-ops.ts";
import { checkDeletableGroup, sysctlPath, sysctlText } from "../link-checks.ts";
import { ADDRESS_MODES, numberOf } from "../net-names.ts";
import { netnsPath, OWN_NETNS } from "../netns-name.ts";
import type { Faults } from "./faults.ts";
import type { FakeKernel } from "./kernel.ts";
import { joinVeth, moveLink, renameLink } from "./link-place.ts";
import { checkMtu, copyOf, sysctlOf, sysctlsOf } from "./net-objects.ts";

const NEW = "netlink(RTM_NEWLINK)";
const SET = "netlink(RTM_SETLINK)";

export class FakeLinks implements LinkOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;
  readonly #dummies: boolean;
  readonly #namespace: (name: string | null) => FakeKernel | null;

  constructor(
    kernel: FakeKernel,
    faults: Faults,
    dummies: boolean,
    namespace: (name: string | null) => FakeKernel | null,
  ) {
    this.#kernel = kernel;
    this.#faults = faults;
    this.#dummies = dummies;
    this.#namespace = namespace;
  }

  async list(namePrefix: string): Promise<LinkInfo[]> {
    await this.#faults.gate("link.list", namePrefix);
    const all = [...this.#kernel.links.values()].map((link) => copyOf(link.info));
    return all.filter((info) => info.name.startsWith(namePrefix));
  }

  async get(name: string): Promise<LinkInfo | null> {
    await this.#faults.gate("link.get", name);
    const found = this.#kernel.links.get(checkLinkName(name));
    return found === undefined ? null : copyOf(found.info);
  }

  async exists(name: string): Promise<boolean> {
    await this.#faults.gate("link.exists", name);
    return this.#kernel.links.has(checkLinkName(name));
  }

  async setUp(name: string, up: boolean): Promise<void> {
    await this.#faults.gate("link.setUp", name);
    this.#set(name, { up });
  }

  async set(name: string, change: LinkChange): Promise<void> {
    await this.#faults.gate("link.set", name);
    this.#set(name, change);
  }

  #set(name: string, change: LinkChange): void {
    if (change.mac !== undefined) parseMac(change.mac);
    if (change.ipv6AddressMode !== undefined) numberOf(ADDRESS_MODES, change.ipv6AddressMode);
    const { info } = this.#kernel.link(checkLinkName(name), SET);
    checkMtu(change.mtu, SET, name);
    Object.assign(info, change, change.mac === undefined ? {} : { mac: change.mac.toLowerCase() });
    if (change.up === false) this.#kernel.dropRoutes(name);
  }

  async rename(name: string, newName: string): Promise<void> {
    await this.#faults.gate("link.rename", name);
    renameLink(this.#kernel, checkLinkName(name), checkLinkName(newName));
  }

  async moveTo(name: string, place: LinkPlace): Promise<void> {
    await this.#faults.gate("link.moveTo", name);
    const newName = checkLinkName(place.name ?? name);
    moveLink(this.#kernel, checkLinkName(name), this.#place(place.namespace), newName);
  }

  #place(namespace: string | null): FakeKernel {
    const object = namespace === null ? OWN_NETNS : netnsPath(namespace);
    const kernel = this.#namespace(namespace);
    if (kernel === null) throw new HostError({ errnoCode: "ENOENT", syscall: "open", object });
    return kernel;
  }

  async createDummy(name: string, options: LinkOptions = {}): Promise<LinkInfo> {
    await this.#faults.gate("link.createDummy", name);
    if (!this.#dummies)
      throw new HostError({
        errnoCode: "EOPNOTSUPP",
        syscall: NEW,
        object: name,
        detail: "Unknown device type",
        next: "load the module `dummy`",
      });
    return copyOf(this.#create(name, "dummy", options));
  }

  async createBridge(name: string, options: LinkOptions = {}): Promise<LinkInfo> {
    await this.#faults.gate("link.createBridge", name);
    return copyOf(this.#create(name, "bridge", options));
  }

  async createVeth(name: string, peer: VethPeer, options: LinkOptions = {}): Promise<LinkInfo> {
    await this.#faults.gate("link.createVeth", name);
    checkLinkName(peer.name);
    const other = peer.namespace === undefined ? this.#kernel : this.#place(peer.namespace);
    if (other.links.has(peer.name) || name === peer.name)
      throw new HostError({ errnoCode: "EEXIST", syscall: NEW, object: name });
    const mine = this.#create(name, "veth", options);
    const theirs = other.addLink(peer.name, "veth", undefined, null);
    joinVeth([this.#kernel.link(name, NEW), this.#kernel], [other.link(peer.name, NEW), other]);
    if (other === this.#kernel && options.ipv6 !== true)
      other.link(theirs.name, NEW).sysctls.set("6.disable_ipv6", "1");
    return copyOf(mine);
  }

  #create(name: string, kind: string, { mac, mtu, group, ipv6 }: LinkOptions): LinkInfo {
    checkLinkName(name);
    if (mac !== undefined) parseMac(mac);
    if (this.#kernel.links.has(name))
      throw new HostError({ errnoCode: "EEXIST", syscall: NEW, object: name });
    checkMtu(mtu, NEW, name);
    const info = this.#kernel.addLink(name, kind, mac, null);
    if (mtu !== undefined) info.mtu = mtu;
    if (group !== undefined) info.group = group;
    if (ipv6 !== true) this.#kernel.link(name, NEW).sysctls.set("6.disable_ipv6", "1");
    return info;
  }

  async delete(name: string): Promise<void> {
    await this.#faults.gate("link.delete", name);
    this.#kernel.removeLink(checkLinkName(name));
  }

  async deleteMany(names: readonly string[]): Promise<void> {
    await this.#faults.gate("link.deleteMany", names.join(" "));
    for (const name of names) checkLinkName(name);
    for (const name of names) this.#kernel.removeLink(name);
  }

  async deleteGroup(group: number): Promise<void> {
    await this.#faults.gate("link.deleteGroup", `link group ${group}`);
    checkDeletableGroup(group);
    for (const { info } of [...this.#kernel.links.values()])
      if (info.group === group) this.#kernel.removeLink(info.name);
  }

  async addPort(bridge: string, link: string): Promise<void> {
    await this.#faults.gate("link.addPort", link);
    const master = this.#kernel.link(checkLinkName(bridge), "netlink(RTM_GETLINK)").info;
    const { info } = this.#kernel.link(checkLinkName(link), SET);
    const object = `${link} of ${bridge}`;
    if (master.kind !== "bridge") throw new HostError({ errnoCode: "EOPNOTSUPP", syscall: SET, object });
    if (info.masterIndex === master.index) return;
    Object.assign(info, { masterIndex: master.index, port: { isolated: false, state: "disabled" } });
  }

  async removePort(link: string): Promise<void> {
    await this.#faults.gate("link.removePort", link);
    const found = this.#kernel.links.get(checkLinkName(link));
    if (found !== undefined) Object.assign(found.info, { masterIndex: null, port: null });
  }

  async setIsolated(port: string, isolated: boolean): Promise<void> {
    await this.#faults.gate("link.setIsolated", port);
    const { info } = this.#kernel.link(checkLinkName(port), "netlink(RTM_GETLINK)");
    if (info.port === null) throw new HostError({ errnoCode: "EOPNOTSUPP", syscall: SET, object: port });
    info.port.isolated = isolated;
  }

  async readSysctl(of: LinkSysctl): Promise<string> {
    await this.#faults.gate("link.readSysctl", of.link);
    return sysctlOf(this.#kernel, of);
  }

  async writeSysctl(of: LinkSysctl, value: string | number): Promise<void> {
    await this.#faults.gate("link.writeSysctl", of.link);
    const text = sysctlText(of, value);
    const sysctls = sysctlsOf(this.#kernel, of);
    if (!/^-?\d+$/.test(text))
      throw new HostError({ errnoCode: "EINVAL", syscall: "write", object: sysctlPath(of) });
    sysctls.set(`${of.family}.${of.key}`, text);
  }
}
