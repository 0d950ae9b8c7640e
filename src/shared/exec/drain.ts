import type { Writable } from "node:stream";

/** Calls back now, or once `writable` takes more; also when it will take nothing any more, so that nobody waits for ever. */
export function whenDrained(writable: Writable, callback: () => void): void {
  if (!writable.writableNeedDrain) {
    callback();
    return;
  }
  const settle = () => {
    writable.off("drain", settle);
    writable.off("close", settle);
    callback();
  };
  writable.on("drain", settle);
  writable.on("close", settle);
}
