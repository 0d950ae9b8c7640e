import { existsSync } from "node:fs";
import path from "node:path";
import { AFTER_BASE, type Host, NETNS, type Round, vitest } from "./round.ts";

/** Many times what a round takes: it only ends what hangs. A machine that stands still is seen by its heartbeat. */
const LAB_TIMEOUT_SECONDS = "5400";

/**
 * The same suites where the kernel has everything: device-mapper, dummy links, cgroups that are ours, KVM. Each round is a machine, and what
 * starts there is slow: so each has as much as goes together, and the many short files of the first share their modules.
 */
export function labRounds(host: Host): Round[] {
  const skip = host.has("qemu-system-x86_64") ? undefined : "qemu-system-x86_64 is not installed";
  // With what needs device-mapper, and names, which a dummy link routes.
  const kernel = vitest(host, "lab contract", ["contract", "host"], {
    before: ["scripts/lab", ...NETNS],
    options: ["--no-isolate"],
    files: [
      ...["test/contract/", "test/host/storage/dm-snapshot", "test/host/hostops/examples"],
      ...["test/host/hostops/dm", "test/host/dns/resolved"],
    ],
    skip,
  });
  // Real firewalls of others, in namespaces of their own even there: a test makes links only where there are none.
  const firewalls = path.join(host.top, "build/unpacked/firewalls");
  const beside = vitest(host, "lab firewalls", ["host"], {
    before: ["scripts/lab", "unshare", "--mount", "--", ...NETNS],
    files: ["test/host/beside/"],
    skip: skip ?? (existsSync(firewalls) ? undefined : "Docker, firewalld and ufw are not unpacked"),
  });
  // What is written in the machine stays there; the report is brought back.
  const e2e = vitest(host, "lab e2e", ["e2e", "matrix"], {
    before: ["scripts/nested/lab-e2e"],
    // Two projects would be two files at a time: two guests' worth of nested virtualisation is too much.
    options: ["--no-file-parallelism"],
    files: ["test/e2e/run.test.ts", "test/matrix/"],
    env: { BANGER_MATRIX: "qemu-kvm-dm-snapshot,firecracker-kvm-dm-snapshot" },
    after: AFTER_BASE,
    skip,
  });
  return [kernel, beside, e2e].map((round) => ({
    ...round,
    boots: true,
    beside: true,
    env: { ...round.env, LAB_TIMEOUT: LAB_TIMEOUT_SECONDS, LAB_FETCH: round.report ?? "" },
  }));
}
