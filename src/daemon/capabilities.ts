import path from "node:path";
import { Dns } from "../capabilities/dns.ts";
import type { NetworkAccess } from "../capabilities/network-access.ts";
import { PublishedPorts, type PublishedPortsOptions } from "../capabilities/published-ports.ts";
import { SshIdentity } from "../capabilities/ssh-identity.ts";
import { WorkDisk } from "../capabilities/work-disk.ts";
import type { Dirs } from "../config/paths.ts";
import type { Capability } from "../domain/capability.ts";
import type { NameRecords } from "../domain/dns.ts";
import type { HostKeys } from "../guest/config/host-keys.ts";
import { KnownHostsFile } from "../guest/ssh/known-hosts.ts";
import type { HostOps } from "../host/host-ops.ts";
import type { Library } from "../images/library.ts";
import { WorkDiskMaker } from "../storage/work-disks.ts";

export interface CapabilityInput {
  readonly network: NetworkAccess;
  readonly dirs: Dirs;
  readonly host: HostOps;
  readonly library: Pick<Library, "imageFiles">;
  readonly records: NameRecords;
  readonly hostKeys: HostKeys;
  readonly publishing: PublishedPortsOptions;
}

export function knownHostsFile(dirs: Pick<Dirs, "ssh">): string {
  return path.join(dirs.ssh, "known_hosts");
}

/** The features of VMs that the host takes part in, in the order of their hooks: for the services, and for doctor. */
export function makeCapabilities({
  dirs,
  host,
  library,
  records,
  network,
  hostKeys,
  publishing,
}: CapabilityInput): Capability[] {
  return [
    new SshIdentity({
      knownHosts: new KnownHostsFile(knownHostsFile(dirs)),
      hostKeyOf: async ({ name, paths }) => (await hostKeys.load(name, paths)).publicKey,
    }),
    new WorkDisk({
      disks: new WorkDiskMaker(host),
      seedOf: (imageId) => library.imageFiles({ id: imageId }).seed,
    }),
    network,
    new Dns(records),
    new PublishedPorts(publishing),
  ];
}
