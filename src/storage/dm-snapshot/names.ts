import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import path from "node:path";
import { errorCode } from "../../shared/errors.ts";

/**
 * Names of the driver's devices, loops by the name of what stands on them. They derive from the state directory and an id, so that a crash
 * leaves nothing without a name (ST-5), and daemons of several state directories leave each other's alone. At most 63 bytes, for a loop.
 */
export interface DeviceNames {
  readonly prefix: string;
  /** The image's root filesystem, read-only, with zeros behind it. */
  image(imageId: string): string;
  /** A VM's snapshot of it. */
  vm(vmId: string): string;
  probe(id: string): string;
}

/** @param stateDirectory all links resolved */
export function deviceNames(stateDirectory: string): DeviceNames {
  const tag = createHash("sha256").update(stateDirectory).digest("hex").slice(0, 8);
  const prefix = `bgr-${tag}-`;
  return {
    prefix,
    image: (imageId) => `${prefix}image-${imageId}`,
    vm: (vmId) => `${prefix}vm-${vmId}`,
    probe: (id) => `${prefix}probe-${id}`,
  };
}

/** The directory with all links resolved, also where it, or some above it, are yet to be made: its names are the same before and after. */
export async function resolved(directory: string): Promise<string> {
  try {
    return await realpath(directory);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return path.join(await resolved(path.dirname(directory)), path.basename(directory));
  }
}
