import type { LinkOps, LinkSysctl } from "../host/host-ops.ts";
import { errorCode } from "../shared/errors.ts";

/** How many TAPs a look asks after; when one of them was changed, all. */
const AT_ONCE = 16;

type Setting = LinkSysctl & { readonly value: "0" | "1" };

/**
 * The kernel's settings of guests' own links. One answers ARP only where the way back leads out by it (arp_filter): else a guest fills the host's
 * neighbour table, which is one for all links, with senders that it made up. IPv6 is off on it since it was made.
 */
export class TapSettings {
  readonly #link: Pick<LinkOps, "readSysctl" | "writeSysctl">;
  /** By TAP: whether it forwards. */
  readonly #taps = new Map<string, boolean>();
  /** Whose turn it was last. */
  #turn = 0;

  constructor(link: Pick<LinkOps, "readSysctl" | "writeSysctl">) {
    this.#link = link;
  }

  /** A TAP that is to be so from now on. One that somebody deleted under its VM is nothing to be set, and no error here. */
  async open(tap: string, forwards: boolean): Promise<void> {
    await this.#write({ family: 4, link: tap, key: "arp_filter" }, 1);
    await this.#write({ family: 4, link: tap, key: "forwarding" }, forwards ? 1 : 0);
    this.#taps.set(tap, forwards);
  }

  async #write(setting: LinkSysctl, value: 0 | 1): Promise<void> {
    await this.#link.writeSysctl(setting, value).catch((error) => {
      if (errorCode(error) !== "ERR_HOST_NOT_FOUND") throw error;
    });
  }

  /** One that is so already, by an earlier daemon. */
  adopt(tap: string, forwards: boolean): void {
    this.#taps.set(tap, forwards);
  }

  /** Its VM has ended. */
  forget(tap: string): void {
    this.#taps.delete(tap);
  }

  /**
   * Puts back what somebody changed, as writing the host's own switch, `net.ipv4.ip_forward`, changes all links. Each look asks after a few
   * TAPs in their turn, so that it costs the same however many there are. Resolves to what was put back.
   */
  async repair(): Promise<string[]> {
    const taps = [...this.#taps.keys()];
    const restored: string[] = [];
    const asked = new Set<string>();
    let left = AT_ONCE;
    while (asked.size < taps.length && left > 0) {
      const tap = taps[this.#turn++ % taps.length] as string;
      asked.add(tap);
      left -= 1;
      const changed = await this.#restore(tap);
      if (changed.length > 0) left = taps.length;
      restored.push(...changed);
    }
    return restored;
  }

  async #restore(tap: string): Promise<string[]> {
    const restored: string[] = [];
    for (const { value, ...of } of settingsOf(tap, this.#taps.get(tap))) {
      try {
        if ((await this.#link.readSysctl(of)) === value || !this.#taps.has(tap)) continue;
        await this.#link.writeSysctl(of, value);
        restored.push(`${of.key} of ${tap}`);
      } catch (error) {
        // A link may go at any moment, and a kernel without IPv6 has no setting for it.
        if (errorCode(error) !== "ERR_HOST_NOT_FOUND") throw error;
      }
    }
    return restored;
  }
}

/** Whether one forwards that need not is the packet rules' concern alone: it does where the host is a router. */
function settingsOf(tap: string, forwards: boolean | undefined): Setting[] {
  return [
    { family: 4, link: tap, key: "arp_filter", value: "1" },
    { family: 6, link: tap, key: "disable_ipv6", value: "1" },
    ...(forwards === true ? [{ family: 4, link: tap, key: "forwarding", value: "1" } as const] : []),
  ];
}
