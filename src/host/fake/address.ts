import { formatCidr, formatIp, parseCidr, parsePeer } from "../addresses.ts";
import { HostError } from "../host-error.ts";
import type { AddressInfo, AddressOps, AddressOptions, IpFamily } from "../host-ops.ts";
import { numberOf, SCOPES } from "../net-names.ts";
import type { Faults } from "./faults.ts";
import { type FakeKernel, remove } from "./kernel.ts";

export class FakeAddress implements AddressOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;

  constructor(kernel: FakeKernel, faults: Faults) {
    this.#kernel = kernel;
    this.#faults = faults;
  }

  async add(link: string, cidr: string, options: AddressOptions = {}): Promise<void> {
    await this.#faults.gate("address.add", `${cidr} of ${link}`);
    const { text, family } = plain(cidr);
    const peer = peerOf(text, options.peer);
    const { sysctls } = this.#kernel.link(link, "netlink(RTM_GETLINK)");
    if (family === 6 && sysctls.get("6.disable_ipv6") === "1")
      throw new HostError({
        errnoCode: "EACCES",
        syscall: "netlink(RTM_NEWADDR)",
        object: `${cidr} of ${link}`,
      });
    if (this.#kernel.addresses.some(isSame(link, text, peer))) return;
    const own = text.split("/")[0];
    const isOwn = (known: AddressInfo) => known.link === link && known.cidr.split("/")[0] === own;
    if (family === 6 && this.#kernel.addresses.some(isOwn))
      throw new HostError({
        errnoCode: "EEXIST",
        syscall: "netlink(RTM_NEWADDR)",
        object: `${cidr} of ${link}`,
      });
    const { scope = "global", noPrefixRoute = false } = options;
    numberOf(SCOPES, scope);
    this.#kernel.addresses.push({ link, cidr: text, peer, scope, noPrefixRoute });
  }

  async delete(link: string, cidr: string, options: Pick<AddressOptions, "peer"> = {}): Promise<void> {
    await this.#faults.gate("address.delete", `${cidr} of ${link}`);
    const { text } = plain(cidr);
    remove(this.#kernel.addresses, isSame(link, text, peerOf(text, options.peer)));
  }

  async list(link?: string, family: IpFamily = 4): Promise<AddressInfo[]> {
    await this.#faults.gate("address.list", link ?? "addresses");
    return this.#kernel.addresses
      .filter((known) => link === undefined || known.link === link)
      .filter((known) => plain(known.cidr).family === family)
      .map(({ noPrefixRoute: _, ...info }) => info);
  }
}

/** The address itself as its peer is none. */
function peerOf(cidr: string, peer: string | undefined): string | null {
  const text = peer === undefined ? null : formatIp(parsePeer(peer, parseCidr(cidr).address));
  return text === cidr.split("/")[0] ? null : text;
}

/** One local address with two peers is two addresses to the kernel. */
function isSame(link: string, cidr: string, peer: string | null): (known: AddressInfo) => boolean {
  return (known) => known.link === link && known.cidr === cidr && known.peer === peer;
}

function plain(cidr: string): { text: string; family: IpFamily } {
  const { address, prefixLength } = parseCidr(cidr);
  return { text: formatCidr(address, prefixLength), family: address.length === 4 ? 4 : 6 };
}
