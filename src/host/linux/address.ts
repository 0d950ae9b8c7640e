import { checkLinkName, formatCidr, formatIp, parseCidr, parsePeer } from "../addresses.ts";
import { hasErrno } from "../host-error.ts";
import type { AddressInfo, AddressOps, AddressOptions, IpFamily } from "../host-ops.ts";
import { host } from "../native-error.ts";
import { ADDRESS_FLAGS, nameOf, numberOf, SCOPES } from "../net-names.ts";
import type { Addon, NativeAddress } from "./addon.ts";
import { isOf } from "./listed-link.ts";

/** Addresses by rtnetlink (linux/if_addr.h). */
export class LinuxAddress implements AddressOps {
  readonly #addon: Addon;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  async add(link: string, cidr: string, options: AddressOptions = {}): Promise<void> {
    const address = nativeOf(link, cidr, options);
    try {
      await host(link, () => this.#addon.addressAdd(...address));
    } catch (error) {
      // IPv6 says so too of the same address with another prefix length or peer.
      if (!hasErrno(error, "EEXIST") || !(await this.#isThere(link, address))) throw error;
    }
  }

  async #isThere(
    link: string,
    [, address, bits, peer]: readonly [...NativeAddress, string],
  ): Promise<boolean> {
    const there = await this.list(link, address.length === 4 ? 4 : 6);
    const other = peer === null ? null : formatIp(peer);
    const own = formatIp(address);
    return there.some(
      // The address itself as its peer is none.
      (found) => found.cidr === formatCidr(address, bits) && (found.peer ?? own) === (other ?? own),
    );
  }

  async delete(link: string, cidr: string, options: Pick<AddressOptions, "peer"> = {}): Promise<void> {
    try {
      const address = nativeOf(link, cidr, options);
      await host(link, () => this.#addon.addressDelete(...address));
    } catch (error) {
      // ENOENT: its network namespace is gone.
      if (!hasErrno(error, "EADDRNOTAVAIL", "ENODEV", "ENOENT")) throw error;
    }
  }

  async list(link?: string, family: IpFamily = 4): Promise<AddressInfo[]> {
    const addresses = await host("addresses", () => this.#addon.addressDump(family));
    return addresses.filter(([on]) => isOf(link, on)).map(infoOf);
  }
}

/** An address, and what an error of it is about. */
function nativeOf(
  link: string,
  cidr: string,
  options: AddressOptions,
): readonly [...NativeAddress<string>, object: string] {
  const { address, prefixLength } = parseCidr(cidr);
  const peer = options.peer === undefined ? null : parsePeer(options.peer, address);
  const scope = numberOf(SCOPES, options.scope ?? "global");
  const flags =
    (options.noPrefixRoute === true ? ADDRESS_FLAGS.noPrefixRoute : 0) |
    (options.noDuplicateDetection === true ? ADDRESS_FLAGS.noDuplicateDetection : 0);
  return [checkLinkName(link), address, prefixLength, peer, scope, flags, `${cidr} of ${link}`];
}

function infoOf([link, address, bits, peer, scope]: NativeAddress): AddressInfo {
  return {
    link: link ?? "",
    cidr: formatCidr(address, bits),
    peer: peer === null ? null : formatIp(peer),
    scope: nameOf(SCOPES, scope),
  };
}
