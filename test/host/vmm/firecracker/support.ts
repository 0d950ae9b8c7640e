import { silentLogger } from "../../../../src/shared/logger.ts";
import { FirecrackerVmm } from "../../../../src/vmm/firecracker/firecracker-vmm.ts";
import { findFirecracker } from "../../../../src/vmm/firecracker/problems.ts";
import { opens } from "../../../../src/vmm/shared/host.ts";
import { KvmProbe } from "../../../../src/vmm/shared/kvm/probe.ts";
import { CONSOLE_LOG_BYTES, type MakeVmm, UID } from "../qemu/bench.ts";

export const firecracker: MakeVmm = (hostOps) =>
  new FirecrackerVmm({
    hostOps,
    kvm: new KvmProbe({ hostOps, uid: UID - 1, cacheDirectory: null }),
    firecrackerBin: null,
    searchPath: process.env.PATH,
    consoleLogBytes: CONSOLE_LOG_BYTES,
    logger: silentLogger,
  });

/** Why no Firecracker runs here, not even one whose guest is interpreted; null where one does. */
export async function obstacle(): Promise<string | null> {
  if ((await findFirecracker(null, process.env.PATH)) === null) return "firecracker is not on PATH";
  if (!(await opens("/dev/kvm"))) return "/dev/kvm does not open";
  return null;
}
