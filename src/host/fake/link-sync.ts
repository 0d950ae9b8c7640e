import { checkLinkName } from "../addresses.ts";
import type { SyncOps } from "../host-ops.ts";
import { sysctlPathWithoutWait } from "../link-checks.ts";
import type { Faults } from "./faults.ts";
import type { FakeKernel } from "./kernel.ts";
import { sysctlOf } from "./net-objects.ts";

/** The twins of links' calls, of the kernel that `kernel` gives when one is called. */
export function fakeSyncLink(kernel: () => FakeKernel, faults: Faults): SyncOps["link"] {
  return {
    exists: (name) => {
      faults.gateSync("link.exists", name);
      return kernel().links.has(checkLinkName(name));
    },
    readSysctl: (of) => {
      faults.gateSync("link.readSysctl", of.link);
      sysctlPathWithoutWait(of);
      return sysctlOf(kernel(), of);
    },
  };
}
