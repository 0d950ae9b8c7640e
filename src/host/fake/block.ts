import type { DmLine } from "../dm-table.ts";
import type { DmTarget, LoopInfo } from "../host-ops.ts";

/** A loop device of the fake. */
export interface FakeLoopDevice extends LoopInfo {
  backingFile: string;
}

/** A device-mapper device of the fake. */
export interface FakeDmDevice {
  name: string;
  uuid: string;
  minor: number;
  readOnly: boolean;
  suspended: boolean;
  deferredRemove: boolean;
  eventNumber: number;
  table: readonly DmTarget[];
  lines: readonly DmLine[];
  /** Loaded, and in force from the next resume on. */
  next: { table: readonly DmTarget[]; lines: readonly DmLine[]; readOnly: boolean } | null;
  /** What a test wants a target's status to say, by its place in the table: `Invalid`. */
  fills: Map<number, string>;
}

/** `7:3` of `/dev/loop3`. */
export function numberOf(device: string): string {
  const [, kind, minor] = /^\/dev\/(loop|dm-)(\d+)$/.exec(device) ?? [];
  return minor === undefined ? device : `${kind === "loop" ? 7 : 253}:${minor}`;
}

/** 3 of `/dev/loop3`; what is none is -1. */
export function loopIndex(device: string): number {
  return Number(/^\/dev\/loop(\d+)$/.exec(device)?.[1] ?? -1);
}
