import type { VmCreateParams } from "../rpc/contract.ts";
import { parseDuration } from "../shared/duration.ts";
import { BangerError } from "../shared/errors.ts";
import { MIB, parseSize } from "../shared/size.ts";
import type { OptionSpec, ParsedArgs } from "./command.ts";
import { usageError } from "./usage-error.ts";

type Sizes = Pick<VmCreateParams, "vcpu" | "memoryMib" | "diskSizeBytes" | "overlaySizeBytes">;

/** Sizes of a new VM. */
export const SIZE_OPTIONS: readonly OptionSpec[] = [
  { name: "vcpu", kind: "value", placeholder: "N", describe: "virtual CPUs", resolved: "vcpu" },
  {
    name: "memory",
    short: "m",
    kind: "value",
    placeholder: "SIZE",
    describe: "memory, such as 512M or 2G",
    resolved: "memoryMib",
  },
  {
    name: "disk-size",
    kind: "value",
    placeholder: "SIZE",
    describe: "work disk, mounted at /root",
    resolved: "diskSizeBytes",
  },
  {
    name: "system-overlay-size",
    kind: "value",
    placeholder: "SIZE",
    describe: "room for changes to the root disk",
    resolved: "overlaySizeBytes",
  },
];

/** Only what was passed (VM-6). ERR_USAGE for what is not a whole, positive size; bounds of host and image are the daemon's. */
export function sizesOf(args: ParsedArgs): Sizes {
  const { values } = args;
  const vcpu = values.get("vcpu");
  const memory = values.get("memory");
  const disk = values.get("disk-size");
  const overlay = values.get("system-overlay-size");
  return {
    ...(vcpu === undefined ? {} : { vcpu: countOf("vcpu", vcpu) }),
    ...(memory === undefined ? {} : { memoryMib: mebibytesOf("memory", memory) }),
    ...(disk === undefined ? {} : { diskSizeBytes: sizeOf("disk-size", disk) }),
    ...(overlay === undefined ? {} : { overlaySizeBytes: sizeOf("system-overlay-size", overlay) }),
  };
}

function countOf(option: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw usageError(`--${option} "${text}" is not a whole number from 1 up`, `write it like --${option} 2`);
}

function sizeOf(option: string, text: string): number {
  try {
    if (!text.includes(".")) return parseSize(text);
  } catch (error) {
    if (!(error instanceof BangerError)) throw error;
  }
  const zero = /^0+\s*[KMGT]?(i?B)?$/i.test(text.trim());
  throw usageError(
    zero ? `--${option} cannot be 0` : `--${option} "${text}" is not a size`,
    `write a whole number with a unit, such as --${option} 2G`,
  );
}

function mebibytesOf(option: string, text: string): number {
  const bytes = sizeOf(option, text);
  if (bytes % MIB === 0) return bytes / MIB;
  throw usageError(`--${option} "${text}" is not a whole number of MiB`, `write it like --${option} 512M`);
}

/** Milliseconds; a bare number is seconds, as with Docker and timeout(1). ERR_USAGE. */
export function durationOf(option: string, text: string): number {
  try {
    return parseDuration(/^\d+$/.test(text) ? `${text}s` : text);
  } catch (error) {
    if (!(error instanceof BangerError)) throw error;
    throw usageError(
      `--${option} "${text}" is not a duration`,
      `write a number with a unit, such as --${option} 90s or 2m`,
    );
  }
}
