/** Starts the machine of its argument, says which process that is, and waits to be killed, as a daemon that crashes. */
import { openLinuxHostOps } from "../../../../src/host/linux/index.ts";
import { silentLogger } from "../../../../src/shared/logger.ts";
import { QemuVmm } from "../../../../src/vmm/qemu/qemu-vmm.ts";
import { KvmProbe } from "../../../../src/vmm/shared/kvm/probe.ts";

const hostOps = openLinuxHostOps();
const vmm = new QemuVmm({
  hostOps,
  kvm: new KvmProbe({ hostOps, uid: 700_122, cacheDirectory: null }),
  qemuBin: null,
  searchPath: process.env.PATH,
  logger: silentLogger,
});
const ref = await vmm.start({ ...JSON.parse(process.argv[2] ?? ""), filled: Promise.resolve() });
process.stdout.write(`${JSON.stringify({ ...ref, startTimeTicks: String(ref.startTimeTicks) })}\n`);
setInterval(() => undefined, 60_000);
