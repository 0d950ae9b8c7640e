import type { Place } from "../../domain/place.ts";
import { macOfSlot, tapName } from "../../domain/vm.ts";
import type { LinkInfo, TapCreate } from "../../host/host-ops.ts";
import { BangerError } from "../../shared/errors.ts";

/** Whose TAP it is. */
export interface Endpoint extends Place {
  /** Who alone may attach to it. */
  readonly uid: number;
}

/** A guest's TAP, with the way to the guest: all of it is made in one go, and goes with the TAP. */
export function tapOf({ slot, address, uid }: Endpoint, gateway: string): TapCreate {
  return {
    name: tapName(slot),
    ownerUid: uid,
    up: true,
    routes: [{ destination: `${address}/32`, source: gateway }],
    neighbours: [{ address, mac: macOfSlot(slot) }],
  };
}

/** Whether nobody holds its queue: a TAP has a carrier only while somebody does. */
export function isUnattached({ up, operState }: LinkInfo): boolean {
  return !up || operState === "down" || operState === "lowerlayerdown";
}

/** ERR_TAP_TAKEN. */
export function tapTaken(tap: string): BangerError {
  return new BangerError(
    "ERR_TAP_TAKEN",
    `a network device ${tap} is there already, and it is not this daemon's`,
    {
      next: `is another bangerd running on this host? If not: \`ip link delete ${tap}\``,
    },
  );
}
