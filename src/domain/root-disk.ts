import { formatSize, GIB } from "../shared/size.ts";
import type { RootDiskUsage } from "./ports.ts";

/** The share of its room at which a root disk is told to be filling up (DSK-3). */
const FILLING = 0.8;
/** Free space below a root disk that is told to be little, or what it can still grow by if that is less. */
const LITTLE_BYTES = GIB;

export type RootDiskTrouble = "lost" | "full" | "filling" | "host-full";

/** What is wrong with a root disk, or about to be, worst first: one sentence for a person. Null when all is well. */
export function rootDiskTrouble(usage: RootDiskUsage): { kind: RootDiskTrouble; note: string } | null {
  const { usedBytes, totalBytes, hostFreeBytes } = usage;
  const left = `${formatSize(hostFreeBytes)} are left on the host's filesystem`;
  if (usage.invalid) {
    const note = `its changes are lost and it reads as errors: the host's filesystem below it was full or failed (${left}); delete the VM`;
    return { kind: "lost", note };
  }
  if (usage.full) return { kind: "full", note: "no room for changes is left: every write fails" };
  if (hostFreeBytes < Math.min(LITTLE_BYTES, totalBytes - usedBytes)) {
    const then = usage.room === "file" ? "what the guest writes fails" : "all its changes are lost";
    return { kind: "host-full", note: `${left}: ${then} when that is full` };
  }
  if (usage.room === "file") return null;
  if (usedBytes < FILLING * totalBytes) return null;
  const percent = Math.floor((usedBytes / totalBytes) * 100);
  return { kind: "filling", note: `${percent} % of the room for changes is used` };
}
