import { HostError, invalid } from "./host-error.ts";
import type { DmCreate, DmSnapshotStatus, DmStatus, DmTarget } from "./host-ops.ts";

/** A line of a table as the kernel takes and gives it. */
export interface DmLine {
  readonly startSector: bigint;
  readonly lengthSectors: bigint;
  readonly type: string;
  readonly params: string;
}

/** Every target that {@link DmTarget} can say. */
export const DM_TARGETS = ["linear", "zero", "error", "snapshot", "snapshot-origin"] as const;

const LOAD = "ioctl(DM_TABLE_LOAD)";
/** DM_NAME_LEN and DM_UUID_LEN without the NUL. */
const NAME_BYTES = 127;
const UUID_BYTES = 128;
/** A page: the least that a persistent snapshot takes. */
const LEAST_CHUNK_SECTORS = 8;

/** Checks what becomes text for the kernel: a blank in a device would be two of its arguments. ERR_HOST_INVALID. */
export function dmTable(name: string, table: readonly DmTarget[]): DmLine[] {
  if (table.length === 0) throw invalid(LOAD, name, "a table has at least one target");
  let startSector = 0n;
  return table.map((target) => {
    if (target.lengthSectors <= 0n) throw invalid(LOAD, name, "a target has at least one sector");
    const line = {
      startSector,
      lengthSectors: target.lengthSectors,
      type: target.type,
      params: paramsOf(name, target),
    };
    startSector += target.lengthSectors;
    return line;
  });
}

function paramsOf(name: string, target: DmTarget): string {
  const device = (text: string) => {
    if (/^(\d+:\d+|\/[^\s\\]+)$/.test(text)) return text;
    throw invalid(LOAD, name, `"${text}" is neither major:minor nor the path of a device`);
  };
  switch (target.type) {
    case "linear":
      if (target.startSector < 0n) throw invalid(LOAD, name, "a start is not negative");
      return `${device(target.device)} ${target.startSector}`;
    case "zero":
    case "error":
      return "";
    case "snapshot":
      if (!isPowerOfTwo(target.chunkSectors) || target.chunkSectors < LEAST_CHUNK_SECTORS) {
        throw invalid(LOAD, name, "a chunk is a power of two of at least 8 sectors");
      }
      // O: with a full COW device writes fail, and what was written can still be read.
      return `${device(target.origin)} ${device(target.cow)} ${target.persistent ? "PO" : "N"} ${target.chunkSectors}`;
    case "snapshot-origin":
      return device(target.origin);
  }
}

function isPowerOfTwo(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0 && Number.isInteger(Math.log2(value));
}

/** The uuid of a new device. ERR_HOST_INVALID for a name or uuid that the kernel would cut or refuse. */
export function dmUuid({ name, uuid = `BANGER-${name}` }: Pick<DmCreate, "name" | "uuid">): string {
  const syscall = "ioctl(DM_DEV_CREATE)";
  dmName(name, syscall);
  if (!isText(uuid)) throw invalid(syscall, name, "a uuid is text without a NUL");
  if (Buffer.byteLength(uuid) > UUID_BYTES) {
    throw new HostError({ errnoCode: "ENAMETOOLONG", syscall, object: name });
  }
  return uuid;
}

/** ERR_HOST_INVALID for a name that the kernel would cut or refuse. */
export function dmName(name: string, syscall: string): void {
  if (!isText(name)) throw invalid(syscall, String(name), "a name is text without a NUL");
  if (name === "" || name.includes("/")) throw invalid(syscall, name, "a name is not empty and has no slash");
  if (Buffer.byteLength(name) > NAME_BYTES) {
    throw new HostError({ errnoCode: "ENAMETOOLONG", syscall, object: name });
  }
}

/** What the addon takes for text. */
function isText(value: unknown): boolean {
  return typeof value === "string" && !value.includes("\0");
}

/** Typed status of one line (Documentation/admin-guide/device-mapper/snapshot.rst). */
export function dmTargetStatus(line: DmLine): DmStatus["targets"][number] {
  const { type, lengthSectors, params: text } = line;
  return type === "snapshot" ? snapshotStatus(lengthSectors, text) : { type, lengthSectors, text };
}

function snapshotStatus(lengthSectors: bigint, text: string): DmSnapshotStatus {
  const numbers = /^(\d+)\/(\d+) (\d+)$/.exec(text);
  const [used = "0", total = "0", metadata = "0"] = numbers?.slice(1) ?? [];
  const fill = {
    usedSectors: BigInt(used),
    totalSectors: BigInt(total),
    metadataSectors: BigInt(metadata),
  };
  return {
    type: "snapshot",
    lengthSectors,
    fill: numbers === null ? null : fill,
    invalid: text === "Invalid" || text === "Merge failed",
    overflow: text === "Overflow",
  };
}
