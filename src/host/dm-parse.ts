import type { DmLine } from "./dm-table.ts";
import type { DmOtherTarget, DmTarget } from "./host-ops.ts";

const DEVICE = String.raw`(\d+:\d+|\/[^\s\\]+)`;
const LINEAR = new RegExp(`^${DEVICE} (\\d+)$`);
const SNAPSHOT = new RegExp(`^${DEVICE} ${DEVICE} (PO|N) (\\d+)$`);
const ORIGIN = new RegExp(`^${DEVICE}$`);

/**
 * A line of a table that the kernel tells, typed. What {@link DmTarget} does not say word for word (a snapshot of other options) is kept
 * as it is: who loads it again would make something else of it.
 */
export function dmTarget(line: DmLine): DmTarget | DmOtherTarget {
  return (
    known(line) ?? {
      type: "other",
      target: line.type,
      lengthSectors: line.lengthSectors,
      params: line.params,
    }
  );
}

function known({ type, lengthSectors, params }: DmLine): DmTarget | null {
  switch (type) {
    case "linear": {
      const [, device, startSector] = LINEAR.exec(params) ?? [];
      if (device === undefined || startSector === undefined) return null;
      return { type, lengthSectors, device, startSector: BigInt(startSector) };
    }
    case "zero":
    case "error":
      return params === "" ? { type, lengthSectors } : null;
    case "snapshot": {
      const [, origin, cow, store, chunkSectors] = SNAPSHOT.exec(params) ?? [];
      if (origin === undefined || cow === undefined) return null;
      return {
        type,
        lengthSectors,
        origin,
        cow,
        persistent: store === "PO",
        chunkSectors: Number(chunkSectors),
      };
    }
    case "snapshot-origin": {
      const [, origin] = ORIGIN.exec(params) ?? [];
      return origin === undefined ? null : { type, lengthSectors, origin };
    }
    default:
      return null;
  }
}
