import { checkLinkName, parseMac } from "../addresses.ts";
import { HostError } from "../host-error.ts";
import type { LinkInfo, NetworkOps, TapChange, TapCreate, TapOps, TapState } from "../host-ops.ts";
import { checkOwner } from "../ids.ts";
import { checkVnetHeader, offloadBits } from "../link-checks.ts";
import type { Faults } from "./faults.ts";
import type { FakeKernel, FakeLink } from "./kernel.ts";
import { copyOf } from "./net-objects.ts";

const SYSCALL = "ioctl(TUNSETIFF)";

type Ways = Pick<NetworkOps, "route" | "neighbour">;

export class FakeTap implements TapOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;

  readonly #ways: Ways;

  constructor(kernel: FakeKernel, faults: Faults, ways: Ways) {
    this.#kernel = kernel;
    this.#faults = faults;
    this.#ways = ways;
  }

  async create(spec: TapCreate): Promise<LinkInfo> {
    await this.#faults.gate("tap.create", spec.name);
    checkLinkName(spec.name);
    if (spec.mac !== undefined) parseMac(spec.mac);
    check(spec);
    if (this.#kernel.links.has(spec.name)) {
      throw new HostError({
        code: "ERR_HOST_EXISTS",
        errnoCode: "EBUSY",
        syscall: SYSCALL,
        object: spec.name,
      });
    }
    const info = this.#kernel.addLink(spec.name, "tun", spec.mac, spec.ownerUid);
    const link = this.#kernel.link(spec.name, SYSCALL);
    if (spec.ipv6 !== true) link.sysctls.set("6.disable_ipv6", "1");
    configure(link, spec);
    link.info.up = spec.up === true;
    try {
      for (const route of spec.routes ?? []) await this.#ways.route.add({ ...route, link: spec.name });
      for (const entry of spec.neighbours ?? [])
        await this.#ways.neighbour.set({ ...entry, link: spec.name });
    } catch (error) {
      this.#kernel.removeLink(spec.name);
      throw error;
    }
    return copyOf(info);
  }

  async set(name: string, change: TapChange): Promise<void> {
    await this.#faults.gate("tap.set", name);
    check(change);
    configure(this.#attach(name), change);
  }

  async setPersistent(name: string, persistent: boolean): Promise<void> {
    await this.#faults.gate("tap.setPersistent", name);
    this.#attach(name);
    if (!persistent) this.#kernel.removeLink(name);
  }

  async inspect(name: string): Promise<TapState> {
    await this.#faults.gate("tap.inspect", name);
    return { ...this.#attach(name).tap };
  }

  #attach(name: string): FakeLink {
    const link = this.#kernel.link(checkLinkName(name), SYSCALL);
    const fail = (errnoCode: string) => new HostError({ errnoCode, syscall: SYSCALL, object: name });
    if (link.info.kind !== "tun") throw fail("EINVAL");
    if (link.attachedBy !== null) throw fail("EBUSY");
    return link;
  }
}

function check(change: TapChange): void {
  checkOwner("ioctl(TUNSETOWNER)", { uid: change.ownerUid, gid: change.groupGid });
  offloadBits(change.offloads);
  checkVnetHeader(change.vnetHeaderBytes);
}

function configure(link: FakeLink, { ownerUid, groupGid, offloads, vnetHeaderBytes }: TapChange): void {
  if (link.info.tun !== null) {
    if (ownerUid !== undefined) link.info.tun.ownerUid = ownerUid;
    if (groupGid !== undefined) link.info.tun.groupGid = groupGid;
  }
  if (vnetHeaderBytes !== undefined) link.tap.vnetHeaderBytes = vnetHeaderBytes;
  if (offloads === undefined) return;
  link.tap.checksumOffload = offloads.includes("checksum");
  link.tap.segmentationOffload = offloads.includes("tso4") || offloads.includes("tso6");
}
