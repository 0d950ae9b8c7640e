import { formatIp, formatMac, parseIp, parseMac } from "../addresses.ts";
import type { IpFamily, NeighbourInfo, NeighbourOps } from "../host-ops.ts";
import type { Faults } from "./faults.ts";
import { type FakeKernel, remove } from "./kernel.ts";

export class FakeNeighbour implements NeighbourOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;

  constructor(kernel: FakeKernel, faults: Faults) {
    this.#kernel = kernel;
    this.#faults = faults;
  }

  async set(entry: { link: string; address: string; mac: string }): Promise<void> {
    await this.#faults.gate("neighbour.set", entry.address);
    const address = formatIp(parseIp(entry.address));
    const mac = formatMac(parseMac(entry.mac));
    this.#kernel.link(entry.link, "netlink(RTM_GETLINK)");
    this.#remove(entry.link, address);
    this.#kernel.neighbours.push({ link: entry.link, address, mac, state: "permanent" });
  }

  async delete(entry: { link: string; address: string }): Promise<void> {
    await this.#faults.gate("neighbour.delete", entry.address);
    this.#remove(entry.link, formatIp(parseIp(entry.address)));
  }

  async list(link?: string, family: IpFamily = 4): Promise<NeighbourInfo[]> {
    await this.#faults.gate("neighbour.list", link ?? "neighbours");
    return this.#kernel.neighbours
      .filter((known) => link === undefined || known.link === link)
      .filter((known) => known.address.includes(":") === (family === 6))
      .map((known) => ({ ...known }));
  }

  #remove(link: string, address: string): void {
    remove(this.#kernel.neighbours, (known) => known.link === link && known.address === address);
  }
}
