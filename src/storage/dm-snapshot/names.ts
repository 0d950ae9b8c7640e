import { createHash } from "node:crypto";

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
