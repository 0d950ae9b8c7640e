import { checkLinkName, formatIp, formatMac, parseIp, parseMac } from "../addresses.ts";
import { hasErrno } from "../host-error.ts";
import type { IpFamily, NeighbourInfo, NeighbourOps } from "../host-ops.ts";
import { host } from "../native-error.ts";
import { NEIGHBOUR_STATES, nameOf } from "../net-names.ts";
import type { Addon, NativeNeighbour } from "./addon.ts";
import { isOf } from "./listed-link.ts";

/** Neighbour entries by rtnetlink (linux/neighbour.h). */
export class LinuxNeighbour implements NeighbourOps {
  readonly #addon: Addon;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  async set(entry: { link: string; address: string; mac: string }): Promise<void> {
    const native = nativeNeighbour(entry);
    await host(entry.address, () => this.#addon.neighbourSet(...native));
  }

  async delete(entry: { link: string; address: string }): Promise<void> {
    try {
      const native = nativeOf(entry, null, NEIGHBOUR_STATES.none);
      await host(entry.address, () => this.#addon.neighbourDelete(...native));
    } catch (error) {
      // ENOENT: no such entry, or its network namespace is gone.
      if (!hasErrno(error, "ENOENT", "ENODEV")) throw error;
    }
  }

  async list(link?: string, family: IpFamily = 4): Promise<NeighbourInfo[]> {
    const found = await host("neighbours", () => this.#addon.neighbourDump(family));
    return found
      .filter(([on, , , state]) => state !== NEIGHBOUR_STATES.noarp && isOf(link, on))
      .map(([on, address, mac, state]) => ({
        link: on ?? "",
        address: formatIp(address),
        mac: mac === null ? null : formatMac(mac),
        state: nameOf(NEIGHBOUR_STATES, state),
      }));
  }
}

/** A permanent entry, and what an error of it is about. */
export function nativeNeighbour(entry: { link: string; address: string; mac: string }) {
  return nativeOf(entry, parseMac(entry.mac), NEIGHBOUR_STATES.permanent);
}

function nativeOf(
  { link, address }: { link: string; address: string },
  mac: Uint8Array | null,
  state: number,
): [...NativeNeighbour<string>, object: string] {
  return [checkLinkName(link), parseIp(address), mac, state, `${address} of ${link}`];
}
