import { guarded } from "../../doctor/check.ts";
import { checkKvm } from "../../doctor/checks/kvm.ts";
import { checkFirecracker, checkQemu, checkVmm, type FirecrackerState } from "../../doctor/checks/vmms.ts";
import { type Driver, probeDriver } from "../../doctor/probes/kernel-driver.ts";
import type { DoctorCheck } from "../../domain/doctor.ts";
import type { Vmm } from "../../domain/ports.ts";
import type { VmmKind } from "../../domain/vm.ts";
import { findFirecracker } from "../../vmm/firecracker/problems.ts";
import { compareVersions, KNOWN_VERSION, LEAST_VERSION } from "../../vmm/firecracker/version.ts";
import { findQemu } from "../../vmm/qemu/host.ts";
import { firstCpuinfo, virtualisationOf } from "../../vmm/shared/host.ts";
import type { Drivers } from "../drivers.ts";
import { programVersion } from "./program-version.ts";
import type { DoctorScope } from "./run.ts";

const KVM: Driver = { node: "/dev/kvm", misc: "kvm", module: "kvm" };
/** What other lines are about: TAPs, the program itself and its version. */
const ELSEWHERE = new Set<string>(["ERR_NO_TUN", "ERR_NO_FIRECRACKER", "ERR_FIRECRACKER_TOO_OLD"]);
const MISSING = { qemu: "ERR_NO_QEMU", firecracker: "ERR_NO_FIRECRACKER" } as const;

/** KVM, each VMM, and which of them new VMs get. */
export function vmmChecks({ config, env }: DoctorScope, { vmms, pickVmm }: Drivers): Promise<DoctorCheck>[] {
  const tried = tryKvm(vmms);
  const problemsOf = async (kind: VmmKind) => (await vmms.get(kind)?.preflight()) ?? [];
  const firecrackerProblems = problemsOf("firecracker");
  // Both are awaited in checks; a failure is theirs to tell.
  for (const each of [tried, firecrackerProblems]) each.catch(() => undefined);
  return [
    guarded("kvm", async () => {
      const [driver, cpuinfo, ran] = await Promise.all([probeDriver(KVM), firstCpuinfo(), tried]);
      const qemu = config.vmm === "firecracker" ? null : await findQemu(config.qemuBin, env.PATH);
      return checkKvm({
        driver,
        tried: driver.node === "right" ? ran : null,
        cpu: virtualisationOf(cpuinfo),
        emulates: qemu !== null,
      });
    }),
    guarded("firecracker", async () => {
      const program = await findFirecracker(config.firecrackerBin, env.PATH);
      const version = program === null ? null : await programVersion(program);
      const state: FirecrackerState = {
        program,
        version,
        standing: standingOf(version),
        problems: (await firecrackerProblems).filter(({ code }) => !ELSEWHERE.has(code)),
        isNeeded: config.vmm === "firecracker",
        oldest: LEAST_VERSION,
        tested: KNOWN_VERSION,
      };
      return checkFirecracker(state, (await tried)?.ok === true);
    }),
    guarded("qemu", async () => {
      const program = await findQemu(config.qemuBin, env.PATH);
      const others = (await firecrackerProblems).filter(({ code }) => code !== "ERR_NO_TUN");
      return checkQemu({
        program,
        version: program === null ? null : await programVersion(program),
        problems: (await problemsOf("qemu")).filter(({ code }) => !ELSEWHERE.has(code)),
        isNeeded: config.vmm === "qemu" || (config.vmm === "auto" && others.length > 0),
      });
    }),
    guarded("vmm", () => checkVmm(config.vmm, pickVmm)),
  ];
}

/** By whichever VMM is there: a guest runs, or it does not. Null where there is none. */
export async function tryKvm(
  vmms: ReadonlyMap<VmmKind, Pick<Vmm, "preflight" | "accelerator">>,
): Promise<{ readonly ok: boolean; readonly reason: string } | null> {
  const against = new Set<string>();
  for (const kind of ["qemu", "firecracker"] as const) {
    const vmm = vmms.get(kind);
    const codes = (await vmm?.preflight())?.map(({ code }) => code) ?? [];
    if (vmm === undefined || codes.includes(MISSING[kind])) continue;
    const { kind: accelerator, reason } = await vmm.accelerator();
    // Firecracker knows no other accelerator, whether it works or not.
    if (accelerator === "kvm" && !codes.includes("ERR_NO_KVM")) return { ok: true, reason };
    against.add(reason);
  }
  return against.size === 0 ? null : { ok: false, reason: [...against].join("; ") };
}

/** A newer patch release of what was tested is no news. */
export function standingOf(version: string | null): FirecrackerState["standing"] {
  if (version === null) return null;
  if (compareVersions(version, LEAST_VERSION) < 0) return "too-old";
  const minor = (text: string) => `${text.split(".").slice(0, 2).join(".")}.0`;
  return compareVersions(minor(version), minor(KNOWN_VERSION)) > 0 ? "newer" : "tested";
}
