import { checkLinkName, parseMac } from "../addresses.ts";
import { HostError } from "../host-error.ts";
import type { LinkInfo, LinkOps, TapCreate, TapOps } from "../host-ops.ts";
import type { Faults } from "./faults.ts";
import type { FakeKernel } from "./kernel.ts";

export class FakeLinks implements LinkOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;
  readonly #dummies: boolean;

  constructor(kernel: FakeKernel, faults: Faults, dummies: boolean) {
    this.#kernel = kernel;
    this.#faults = faults;
    this.#dummies = dummies;
  }

  async list(namePrefix: string): Promise<LinkInfo[]> {
    await this.#faults.gate("link.list", namePrefix);
    const all = [...this.#kernel.links.values()].map((link) => ({ ...link.info }));
    return all.filter((info) => info.name.startsWith(namePrefix));
  }

  async get(name: string): Promise<LinkInfo | null> {
    await this.#faults.gate("link.get", name);
    const found = this.#kernel.links.get(checkLinkName(name));
    return found === undefined ? null : { ...found.info };
  }

  async setUp(name: string, up: boolean): Promise<void> {
    await this.#faults.gate("link.setUp", name);
    this.#kernel.link(checkLinkName(name), "netlink(RTM_SETLINK)").info.up = up;
    if (!up) this.#kernel.dropRoutes(name);
  }

  async createDummy(name: string): Promise<LinkInfo> {
    await this.#faults.gate("link.createDummy", name);
    const syscall = "netlink(RTM_NEWLINK)";
    if (!this.#dummies) throw new HostError({ errnoCode: "EOPNOTSUPP", syscall, object: name });
    if (this.#kernel.links.has(checkLinkName(name))) {
      throw new HostError({ errnoCode: "EEXIST", syscall, object: name });
    }
    return this.#kernel.addLink(name, "dummy", undefined, null);
  }

  async delete(name: string): Promise<void> {
    await this.#faults.gate("link.delete", name);
    this.#kernel.removeLink(checkLinkName(name));
  }
}

export class FakeTap implements TapOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;

  constructor(kernel: FakeKernel, faults: Faults) {
    this.#kernel = kernel;
    this.#faults = faults;
  }

  async create(spec: TapCreate): Promise<LinkInfo> {
    await this.#faults.gate("tap.create", spec.name);
    checkLinkName(spec.name);
    if (spec.mac !== undefined) parseMac(spec.mac);
    if (this.#kernel.links.has(spec.name)) {
      throw new HostError({
        code: "ERR_HOST_EXISTS",
        errnoCode: "EBUSY",
        syscall: "ioctl(TUNSETIFF)",
        object: spec.name,
      });
    }
    return this.#kernel.addLink(spec.name, "tun", spec.mac, spec.ownerUid);
  }
}
