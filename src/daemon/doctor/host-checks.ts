import { readFile } from "node:fs/promises";
import { Records } from "../../dns/records.ts";
import { failure, guarded } from "../../doctor/check.ts";
import { checkCgroup } from "../../doctor/checks/cgroup.ts";
import { checkLoop, checkTun } from "../../doctor/checks/driver.ts";
import { checkFeatures } from "../../doctor/checks/features.ts";
import { checkConnections, checkFirewall, checkNetwork } from "../../doctor/checks/network.ts";
import { type Driver, probeDriver } from "../../doctor/probes/kernel-driver.ts";
import type { DoctorCheck } from "../../domain/doctor.ts";
import { areJudged } from "../../firewall/inspect.ts";
import { Openings } from "../../firewall/openings.ts";
import { HostKeys } from "../../guest/config/host-keys.ts";
import type { ConntrackOps, HostOps } from "../../host/host-ops.ts";
import { HostNetwork } from "../../services/network.ts";
import { errorCode } from "../../shared/errors.ts";
import { gatewayOf } from "../../shared/ipv4.ts";
import { silentLogger } from "../../shared/logger.ts";
import { HostFile } from "../../state/host-file.ts";
import { makeCapabilities } from "../capabilities.ts";
import { makeDrivers } from "../drivers.ts";
import { openLibrary } from "../library.ts";
import { makeNetworkAccess } from "../network-access.ts";
import { makePortForwarder } from "../publishing.ts";
import type { DoctorScope } from "./run.ts";
import { runningVms } from "./running-vms.ts";
import { rootDiskChecks, storageChecks } from "./storage-checks.ts";
import { vmmChecks } from "./vmm-checks.ts";

const TUN: Driver = { node: "/dev/net/tun", misc: "tun", module: "tun" };
const LOOP: Driver = { node: "/dev/loop-control", misc: "loop-control", module: "loop" };

/** What the kernel and the programs of this host give. Without the addon most of it cannot be asked. */
export async function hostChecks(scope: DoctorScope): Promise<DoctorCheck[]> {
  let host: HostOps;
  try {
    host = scope.openHost();
  } catch (error) {
    return [
      failure("host", error, { details: ["VMMs, storage, cgroups and network could not be looked at"] }),
    ];
  }
  try {
    const drivers = makeDrivers({ ...scope, host, logger: silentLogger, changesNothing: true });
    const lines = await Promise.all([
      ...vmmChecks(scope, drivers),
      ...deviceChecks(scope),
      ...storageChecks(scope, drivers.rootDisks, host),
      guarded("cgroup", async () =>
        checkCgroup(await host.cgroup.root(), await readFile("/proc/self/mountinfo", "utf8"), scope.uid),
      ),
      guarded("network", async () => {
        const network = new HostNetwork(
          host,
          scope.config.networkCidr,
          new HostFile(host.file, scope.dirs.hostFile),
        );
        return checkNetwork(scope.config.networkCidr, await network.preflight());
      }),
      guarded("firewall", async () => {
        const openings = new Openings(host.nft, gatewayOf(scope.config.networkCidr));
        const unjudged = (await areJudged(host.nft)) ? [] : await runningVms(scope, host.process);
        return checkFirewall(unjudged.length, await openings.blocked(), await legacyTables());
      }),
      guarded("connections", async () => checkConnections(await usageOf(host.conntrack))),
      guarded("features", async () => {
        const record = new HostFile(host.file, scope.dirs.hostFile);
        const { networkCidr: cidr } = scope.config;
        const links = new HostNetwork(host, cidr, record);
        const none = { host, cidr, links, record, vms: { get: () => null }, logger: silentLogger };
        const capabilities = makeCapabilities({
          ...{ ...scope, host, library: await openLibrary(scope) },
          hostKeys: new HostKeys(),
          records: new Records(),
          publishing: { forwarder: makePortForwarder(silentLogger), record: () => undefined },
          network: makeNetworkAccess(none),
        });
        const asked = capabilities.map(async (each) => ({
          name: each.name,
          problems: (await each.preflight?.(null, null)) ?? [],
        }));
        return checkFeatures(await Promise.all(asked));
      }),
    ]);
    return [...lines, ...(await rootDiskChecks(scope, drivers.rootDisks, host))];
  } finally {
    await host.close();
  }
}

/** Null where the kernel does not let us see them. */
function usageOf(conntrack: ConntrackOps) {
  return conntrack.usage().catch((error: unknown) => {
    if (errorCode(error) !== "ERR_HOST_UNSUPPORTED") throw error;
    return null;
  });
}

/** Their names; the file is there while the kernel has any. */
async function legacyTables(): Promise<string[]> {
  const text = await readFile("/proc/net/ip_tables_names", "utf8").catch(() => "");
  return text.split("\n").filter((name) => name !== "");
}

function deviceChecks({ config }: DoctorScope): Promise<DoctorCheck>[] {
  return [
    guarded("tun", async () => checkTun(await probeDriver(TUN))),
    guarded("loop", async () => checkLoop(await probeDriver(LOOP), config.storage === "dm-snapshot")),
  ];
}
