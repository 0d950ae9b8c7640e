/**
 * `banger-vm/host` (LIB-1): the kernel's loop devices, device-mapper, links, addresses, routes, nftables, clones and processes, without the
 * daemon and without a helper program. Most calls need root; each says what it throws.
 *
 * @example
 * ```js
 * import { openHostOps } from "banger-vm/host";
 *
 * await using host = openHostOps();
 * await using disk = await host.attachLoop({ backingFile: "/srv/disk.img", name: "mine", readOnly: true });
 * console.log(disk.info.device);
 * ```
 */

export * from "./facade.ts";
// By name, since the plain calls have a type of that name too.
export { DmDevice } from "./facade.ts";
export { HostError, type HostErrorCode, hasErrno } from "./host-error.ts";
export type * from "./host-ops.ts";
export { openLinuxHostOps } from "./linux/index.ts";
