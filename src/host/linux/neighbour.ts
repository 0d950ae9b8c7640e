import { formatIp, formatMac, parseIp, parseMac } from "../addresses.ts";
import { hasErrno } from "../host-error.ts";
import type { IpFamily, NeighbourInfo, NeighbourOps } from "../host-ops.ts";
import { host } from "../native-error.ts";
import { NEIGHBOUR_STATES, nameOf } from "../net-names.ts";
import type { Addon } from "./addon.ts";
import { byName, isOf } from "./link-index.ts";

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
    const [address, state] = [parseIp(entry.address), NEIGHBOUR_STATES.none];
    try {
      const link = byName(entry.link);
      const native = { ...link, address, mac: null, state };
      await host(entry.address, () =>
        this.#addon.neighbourDelete(native, `${entry.address} of ${entry.link}`),
      );
    } catch (error) {
      // ENOENT: no such entry, or its network namespace is gone.
      if (!hasErrno(error, "ENOENT", "ENODEV")) throw error;
    }
  }

  async list(link?: string, family: IpFamily = 4): Promise<NeighbourInfo[]> {
    const found = await host("neighbours", () => this.#addon.neighbourDump(family));
    return found
      .filter(({ state, linkName }) => state !== NEIGHBOUR_STATES.noarp && isOf(link, linkName))
      .map(({ linkName, address, mac, state }) => ({
        link: linkName ?? "",
        address: formatIp(address),
        mac: mac === null ? null : formatMac(mac),
        state: nameOf(NEIGHBOUR_STATES, state),
      }));
  }
}

/** A permanent entry, and what an error of it is about. */
export function nativeNeighbour(entry: { link: string; address: string; mac: string }) {
  const [address, mac, state] = [parseIp(entry.address), parseMac(entry.mac), NEIGHBOUR_STATES.permanent];
  return [{ ...byName(entry.link), address, mac, state }, `${entry.address} of ${entry.link}`] as const;
}
